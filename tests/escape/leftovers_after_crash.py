# expect: crashed
# gone: 86394.25
import os, subprocess


def main():
    subprocess.Popen(["/usr/bin/sleep", "86394.25"])
    os.abort()
