"""Every URL of the API; the pages themselves are static files that nginx serves."""

from django.urls import path

from restaurant import operations, views

urlpatterns = [
    path("api/v1/menu/", views.menu),
    path("api/v1/orders/", views.orders),
    path("api/v1/orders/<int:number>/", views.order),
    path("api/v1/kitchen/", views.kitchen),
    path("api/v1/health/", operations.health),
    path("api/v1/release/", operations.release),
]
