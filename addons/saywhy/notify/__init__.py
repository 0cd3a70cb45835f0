"""Telling people: mail and webhooks to those who decide and those who asked, and replies by mail.

The law of this room: nobody waits for it. No page and no proxied request is any later for a mail server that is dead; what is
to be told stands in the store's outbox, written with what happened, and threads of this room take it from there. It tells the
least: a number, a site, a link. It never tells a need or a group, and a reply never decides anything.
"""
