# expect: distinct
# runs: 4
# open: all workers of a zygote have its hash seed: who knows it can make a dictionary of another run slow
def main():
    return hash("python-executor-escape")
