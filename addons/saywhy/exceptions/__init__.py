"""Asking, weighing, granting: exception requests, their reviews, the grants they end in, and the store of it all.

The law of this room: no path leads to a grant without the people whom the rule names, and no grant is ever wider than
the rule offers. `state` and `weighing` are pure and hold that law; `store` applies them inside one transaction. Nobody
outside this room speaks SQL, and every fault of the store leaves it as `StoreUnavailable`.
"""
