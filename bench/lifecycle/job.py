"""Seven empty steps in Dagster, one after the other."""
from dagster import In, Nothing, job, op


@op(out=None)
def first():
    pass


def following(name):
    @op(name=name, ins={"after": In(Nothing)})
    def step():
        pass

    return step


@job
def seven():
    last = first()
    for name in ["second", "third", "fourth", "fifth", "sixth", "seventh"]:
        last = following(name)(last)
