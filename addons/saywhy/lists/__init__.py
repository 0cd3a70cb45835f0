"""Category lists of real size: read in every usual format, kept with their origin, answered from one mapped file.

The law of this room: it says what an address is and decides nothing. It imports `saywhy.policy` alone. No line of a list
is dropped in silence: it becomes an entry, or a loss with its number and a reason. A worker only ever sees a whole index:
what is published replaces the one before in one step, and what is damaged is refused while the one before stays.
"""
