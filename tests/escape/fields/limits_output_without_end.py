# expect: error Script execution timed out
# dialect: program
# timeout: 1.5
# fields: "on_output_limit": "truncate", "limits": {"output_kb": 8}
# Output that is cut must be read on, by a service whose memory it does not fill.
import os

for _ in range(6):
    if os.fork() == 0:
        while True:
            os.write(1, b"x" * 65536)
while True:
    os.write(2, b"\xf0\x9f\x98" * 20000)
