"""Saywhy beside its real peers, in one run: `make bench`.

Squid with squidGuard, Squid with ssl-bump, e2guardian, mitmdump and Saywhy run side by side in a network namespace of
their own, with the same million listed names, an origin and one load generator for all. Nothing leaves the namespace, and
no port of the machine is taken. What is measured is what a proxy's processes cost; origin and generator are not counted.
"""
