"""The pinned tool set: reads `tools.json`, builds what is missing into a cache, standard library only.

Lower rows know nothing of higher ones:

    command      the command line
    install      what to do, in which order, under one lock
    gobuild golang debian environment    how each kind of thing is made
    cache pins version console fault     what is wanted, where it lies, how to speak
"""
