# expect: timeout
# timeout: 0.4
# gone: 86395.25
import subprocess


def main():
    subprocess.run(["/bin/sh", "-c", "trap '' TERM INT HUP; sleep 86395.25"])
