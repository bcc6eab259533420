
ensure_images() { :; }
