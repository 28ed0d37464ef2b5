def page(found):
    return "x"
