# The outer jail of python-executor: one firejail for each zygote, started by the responder.
#
# It must leave the zygote able to build the inner sandbox, which needs nested user namespaces,
# mounts and a pivoted root; the seal of each worker takes all of that away again (src/runner/
# seccomp_table.cc). What this profile must not contain, because it breaks the inner layer:
# restrict-namespaces, read-only /, memory-deny-write-execute, and protocol unix.

quiet

# No network but an empty namespace of its own.
net none
ipc-namespace
hostname sandbox

# No rights, and no way to gain any.
caps.drop all
nonewprivs
nogroups
# Not noroot: it puts a user namespace of root's between the responder and the workers, which then
# cannot attest them from outside. The zygote's own user namespace has no root either.

# The default list of system calls to refuse, less those with which the zygote makes the inner root.
seccomp !mount,!mount_setattr,!umount2,!pivot_root

# Nothing of the host's users, data, services and devices. (`private` would need the service user to
# have a home directory.)
blacklist /boot
blacklist /home
blacklist /media
blacklist /mnt
blacklist /root
blacklist /run/dbus
blacklist /run/python-executor
blacklist /run/systemd
blacklist /run/user
blacklist /srv
blacklist /var
private-dev
private-tmp
private-etc alternatives,ld.so.cache,localtime,matplotlibrc,mime.types,protocols,services
nodvd
noinput
nosound
notv
nou2f
novideo
no3d
dbus-user none
dbus-system none
deterministic-exit-code
