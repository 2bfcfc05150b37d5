# expect: exception
def main():
    main()
