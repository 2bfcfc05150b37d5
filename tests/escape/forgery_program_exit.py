# expect: error Script exited with status 3
# dialect: program
import os

os._exit(3)
