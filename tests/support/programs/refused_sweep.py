"""Begins the server of workers and refuses a command: prints its exit code, that the server is gone, and that another can be begun."""

import os

from sandbox.launch import bootstrap, command

bootstrap.begin_server(recording=False, drawing=False)
server = bootstrap.server()
assert server is not None
try:
    command.refuse("a mistake")
except SystemExit as end:
    print(end.code)
try:
    os.kill(server, 0)
except ProcessLookupError:
    print("gone")
bootstrap.begin_server(recording=False, drawing=False)
print(bootstrap.server() != server)
bootstrap.end_server()
