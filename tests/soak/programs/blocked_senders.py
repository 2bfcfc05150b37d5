# More descriptors on their way than a user may have: senders that wait for room have passed the check before.
import array, os, socket, threading, time

threading.stack_size(65536)
descriptors = array.array("i", [os.open("/dev/null", os.O_RDONLY)] * 253)


def pair(number):
    path = f"{os.environ['TMPDIR']}/{number}"
    sender, receiver = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
    receiver.bind(path)
    sender.connect(path)
    sender.setblocking(False)
    try:
        while True:
            sender.send(b"x")
    except BlockingIOError:
        pass
    sender.setblocking(True)
    return sender, receiver


def send(sender):
    try:
        sender.sendmsg([b"y"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
    except OSError:
        pass


pairs = [pair(number) for number in range(40)]
for sender, _ in pairs:
    threading.Thread(target=send, args=(sender,), daemon=True).start()
time.sleep(0.3)
for _, receiver in pairs:
    receiver.recv(1)
time.sleep(1)
