"""A network and a cluster in; how to lay one out over the other, and how long, at what price and with what losses it trains, out.

May import `training.options` and `training.scaling`; nothing here needs PyTorch.
"""
