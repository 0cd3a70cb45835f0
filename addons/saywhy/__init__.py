"""Saywhy: a web filter for schools that never just says no. A map of the rooms.

| room | what happens in it |
|---|---|
| `policy` | what the school has decided, as frozen values; `reading` makes them from YAML, `changes` compares them |
| `lists` | category lists of any size, and sealed ones: what an address is |
| `decide` | policy and lists are compiled to an Engine; engine + grants + access become a Decision; pure |
| `explain` | a Decision and a reader become an Explanation, then a page, JSON or a short text |
| `exceptions` | request, review, grant: the workflow and its store |
| `portal` | the web app where people ask, answer and look things up |
| `proxy` | mitmproxy's side: identify, enforce, guard |
| `rehearse` | a policy tried before it is in force: lint, tests, what a change would change |
| `observe` | metrics and the decision log |
| `serve` | processes, settings, reload: where everything is wired together |
| `cli` | the command `saywhy` |

`saywhy.py` is what `mitmdump -s addons/saywhy.py` loads. Imports run one way; docs/architecture.md shows which.
"""
