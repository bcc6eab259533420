"""How gunicorn serves the app, and how it stops without cutting anybody off."""

bind = "0.0.0.0:8000"

# A thread waits for a slow dish or the database while others serve. Each keeps one database
# connection: 2 x 16 for each of two colors fits PostgreSQL's default of 100.
worker_class = "gthread"
workers = 2
threads = 16

# On SIGTERM: take no new request, finish those begun, for at most this many seconds. The slowest
# dish takes 10 s; compose waits for 35 s before it kills.
graceful_timeout = 30

# Longer than nginx keeps an idle connection (60 s): the side that sends requests must be the one that
# closes, or a POST meets a connection that is just going away.
keepalive = 75

# The app is loaded once, before the workers part from it. Settings that are wrong then end the container
# with their message as the last line of the log.
preload_app = True

# The heartbeat of the workers must not wait for a slow disk.
worker_tmp_dir = "/dev/shm"

# nginx logs the requests.
accesslog = None
errorlog = "-"

# Nobody steers this server at run time, and there is no home folder to put the socket in.
control_socket_disable = True
