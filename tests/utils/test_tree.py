"""Structures: paths, traversal, and functions up to some depth."""

import collections

import pytest

from kerasish import tree

Point = collections.namedtuple("Point", "x y")


def test_paths_of_every_kind_of_container():
    found = tree.flatten_with_path({"b": Point(1, [2]), "a": (None,)})
    assert found == [(("a", 0), None), (("b", "x"), 1), (("b", "y", 0), 2)]
    with pytest.raises(ValueError, match="only in the second"):
        tree.assert_same_paths({"a": 1}, {"a": 1, "b": 2})


def test_traverse_in_both_orders():
    seen = []
    tree.traverse(seen.append, [1, (2,)])
    assert seen == [[1, (2,)], 1, (2,), 2]
    seen.clear()
    tree.traverse(seen.append, [1, (2,)], top_down=False)
    assert seen == [1, 2, (2,), [1, (2,)]]
    swap = tree.traverse(lambda p: Point(0, 0) if p == (1,) else None, {"k": (1,)})
    assert swap == {"k": Point(0, 0)}
    lists = tree.lists_to_tuples(Point([1], {"a": [[2]]}))
    assert lists == Point((1,), {"a": ((2,),)})


def test_up_to_and_shapes():
    shallow = {"a": 0, "b": (0, 0)}
    deep = {"a": [1], "b": ([2, 3], [4])}
    assert tree.map_structure_up_to(shallow, sum, deep) == {"a": 1, "b": (5, 4)}
    with pytest.raises(ValueError, match="do not match"):
        tree.map_structure_up_to([0, 0], sum, [[1]])
    assert tree.map_shape_structure(len, Point((1, None), [2])) == Point(2, 1)
    with pytest.raises(ValueError, match="no shape"):
        tree.map_shape_structure(len, "x")


def test_functions_see_dicts_in_the_order_of_flatten():
    structure = {"b": 1, "a": {"d": 2, "c": 3}}
    seen = []
    mapped = tree.map_structure(seen.append, structure)
    assert seen == tree.flatten(structure) == [3, 2, 1]
    assert list(mapped) == ["b", "a"]
