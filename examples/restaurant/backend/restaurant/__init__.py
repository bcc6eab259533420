"""The restaurant: its menu, its orders, its kitchen."""
