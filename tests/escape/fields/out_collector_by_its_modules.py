# expect: output done
# dialect: program
# fields: "outputs": true, "usage": true, "last_value": true
# files: {"good": "good"}
# What collects the files runs after the script and in its process: its modules are emptied.
import gc, os, sys

open("good", "w").write("good")
sys.stdout.write("done\n")
sys.stdout.flush()
os.listdir = os.scandir = os.stat = os.open = os.read = lambda *a, **b: "/etc/passwd"
for module in list(sys.modules.values()):
    if getattr(module, "__name__", "").startswith("_executor"):
        for name, value in list(vars(module).items()):
            if callable(value) and not name.startswith("__"):
                setattr(module, name, lambda *a, **b: b"/etc/passwd")
gc.collect()
