"""One verb each: lock, decide, apply. They know neither Flask nor JSON.

Each takes an open unit of work, so that the answer is stored in the same transaction as the change;
`Store.run` and `Store.answer` open and commit it.
"""
