"""What a run computes: fetches, feeds, values of variables, errors."""

import numpy as np
import pytest

import kerasish.graph as tf


def initialized():
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


def test_graphs_are_independent():
    first, second = tf.Graph(), tf.Graph()
    with first.as_default():
        a = tf.constant(1.0, name="a")
    with second.as_default():
        b = tf.constant(2.0, name="a")
    assert (a.name, a.graph) == ("a:0", first) and b.graph is second
    with tf.Session(graph=first) as sess:
        assert sess.run("a:0") == 1.0
        with pytest.raises(ValueError, match="not an element of this graph"):
            sess.run(b)
    with second.as_default(), pytest.raises(ValueError, match="same graph"):
        tf.add(b, a)


def test_structures_of_fetches():
    a, b = tf.constant(1.0), tf.constant([2, 3])
    pair = tf.nn.rnn_cell.LSTMStateTuple(a, b)
    with tf.Session() as sess:
        found = sess.run({"a": a, "rest": [b, (a, tf.no_op())], "pair": pair})
        assert sess.run([a, a]) == [1.0, 1.0] and sess.run((a,)) == (1.0,)
        assert type(sess.run([a])) is list and type(sess.run((a,))) is tuple
        assert sess.run(pair).c == 1.0 and sess.run(tf.no_op()) is None
    assert found["a"] == 1.0 and found["rest"][1] == (1.0, None)
    np.testing.assert_array_equal(found["pair"].h, [2, 3])


@pytest.mark.parametrize("bad", [None, 3.5, "nothing:0", "nothing"])
def test_what_cannot_be_fetched(bad):
    with tf.Session() as sess, pytest.raises((TypeError, ValueError), match="Fetch"):
        sess.run(bad)


def test_a_feed_cuts_off_what_is_before_it():
    x = tf.placeholder(tf.float32, [], name="x")
    h = tf.square(x)
    y = h + 1.0
    with tf.Session() as sess:
        assert sess.run(y, {x: 3.0}) == 10.0
        assert sess.run(y, {h: 5.0}) == 6.0
        assert sess.run([h, y], {h: 5.0}) == [5.0, 6.0]
        # The gradient is that of the graph, at the value fed.
        g = tf.gradients(h * h, x)[0]
        assert sess.run(g, {x: 3.0, h: 10.0}) == 2 * 10.0 * 2 * 3.0


def test_equal_tensors_are_fed_apart():
    x = tf.placeholder(tf.float32, [])
    a, b = x * 2.0, x * 2.0
    c, d = tf.constant(1.0), tf.constant(1.0)
    with tf.Session() as sess:
        assert sess.run([a, b], {x: 1.0, a: 7.0}) == [7.0, 2.0]
        assert sess.run(c - d, {c: 5.0}) == 4.0


def test_only_what_is_needed_runs():
    x = tf.placeholder(tf.float32, [])
    count = tf.Variable(0.0)
    counted = count.assign_add(1.0)
    y = tf.constant(2.0) * 3.0
    needs = counted * 0.0 + x
    with initialized() as sess:
        assert sess.run(y) == 6.0 and sess.run(count) == 0.0
        # Fetched twice, run once; not run at all behind a feed.
        sess.run([counted, counted, needs, count.op], {x: 1.0})
        assert sess.run(count) == 1.0
        sess.run(needs, {needs: 4.0})
        assert sess.run(count) == 1.0


def test_updates_read_old_values():
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    swap = [a.assign(b), b.assign(a)]
    with initialized() as sess:
        assert sess.run(swap) == [2.0, 1.0]
        assert sess.run([a, b]) == [2.0, 1.0]
        assert sess.run([a, a.assign_add(1.0), a.assign_add(10.0)])[0] == 2.0
        assert sess.run(a) == 13.0


def test_control_dependencies_order_reads():
    a = tf.Variable(1.0)
    before = a * 10.0
    with tf.control_dependencies([a.assign_add(1.0)]):
        after = a * 10.0
        with tf.control_dependencies([a.assign_add(100.0)]):
            last = tf.identity(a)
        with tf.control_dependencies(None):
            free = tf.identity(a)
    with initialized() as sess:
        assert sess.run([before, after, last]) == [10.0, 20.0, 102.0]
        assert sess.run(a) == 102.0
        assert sess.run(free) == 102.0 and sess.run(a) == 102.0


def test_sessions_hold_values_of_their_own():
    w = tf.Variable(tf.random_normal([3]))
    first, second = initialized(), initialized()
    assert not np.array_equal(first.run(w), [0, 0, 0])
    np.testing.assert_array_equal(first.run(w), second.run(w))
    first.run(w.assign([1.0, 2.0, 3.0]))
    assert first.run(w)[2] == 3.0 and second.run(w)[2] != 3.0
    third = tf.Session()
    message = "Attempting to use uninitialized value Variable"
    with pytest.raises(tf.errors.FailedPreconditionError, match=message):
        third.run(w * 2.0)
    assert not third.run(tf.is_variable_initialized(w))
    assert third.run(tf.report_uninitialized_variables()).tolist() == [b"Variable"]
    w.load([4.0, 5.0, 6.0], third)
    assert w.eval(session=third)[0] == 4.0
    third.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        third.run(w)


def test_errors_of_feeds():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    n = tf.placeholder(tf.int32, name="n")
    y = tf.reduce_sum(x) + tf.to_float(n)
    with tf.Session() as sess:
        message = "You must feed a value for placeholder tensor 'x' with dtype float"
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            sess.run(y, {n: 1})
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="'n' with dtype int32"
        ):
            sess.run(y, {x: [[1, 2]]})
        with pytest.raises(
            ValueError, match=r"shape \(1, 3\) for Tensor 'x:0', which "
        ):
            sess.run(y, {x: [[1, 2, 3]], n: 1})
        with pytest.raises(TypeError, match="cannot be a tf.Tensor object"):
            sess.run(y, {x: tf.zeros([1, 2]), n: 1})
        with pytest.raises(TypeError, match="Cannot interpret feed_dict key"):
            sess.run(y, {"z:0": 1.0})
        assert sess.run(y, {"x:0": [[1, 2]], n: 4}) == 7.0
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(x + [1.0, 2.0, 3.0][:2] + tf.zeros([3, 1]), {x: np.ones((2, 2))})


def test_placeholders_of_unknown_rank():
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    w = tf.Variable(3.0)
    loss = tf.reduce_mean(tf.square(x * w - y))
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    assert (x * w).shape.ndims is None and loss.shape == []
    with initialized() as sess:
        assert sess.run(loss, {x: 2.0, y: 1.0}) == 25.0
        assert sess.run(loss, {x: [[1.0, 2.0]], y: 0.0}) == 22.5
        sess.run(step, {x: [1.0, 1.0], y: [0.0, 2.0]})
        np.testing.assert_allclose(sess.run(w), 3.0 - 0.1 * 4.0, rtol=1e-6)
        flat = tf.reshape(x, [-1, 2])
        assert flat.shape.as_list() == [None, 2]
        assert sess.run(tf.layers.flatten(flat), {x: range(4)}).shape == (2, 2)


def test_default_values_of_placeholders():
    keep = tf.placeholder_with_default(0.5, [])
    rows = tf.placeholder_with_default(np.zeros((1, 2), "float32"), [None, 2])
    with tf.Session() as sess:
        assert sess.run(keep * 2.0) == 1.0 and sess.run(keep * 2.0, {keep: 3.0}) == 6.0
        assert sess.run(tf.shape(rows)).tolist() == [1, 2]
        assert sess.run(tf.shape(rows), {rows: np.ones((5, 2))}).tolist() == [5, 2]


def test_random_operations_draw_anew_and_follow_seeds():
    def draws(seed):
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.set_random_seed(seed)
            x, y = tf.random_normal([4]), tf.random_uniform([4], seed=1)
            z = tf.map_fn(lambda v: v + tf.random_uniform([]), tf.zeros([3]))
            both = [sess.run([x, y, z, x]) for _ in range(2)]
        np.testing.assert_array_equal(both[0][0], both[0][3])
        for first, second in zip(*both):
            assert not np.array_equal(first, second)
        assert len(set(both[0][2].tolist())) == 3
        return np.concatenate(both[0] + both[1])

    np.testing.assert_array_equal(draws(1), draws(1))
    assert not np.array_equal(draws(1), draws(2))


def test_text():
    hello = tf.constant("Hello")
    text = tf.placeholder(tf.string)
    with tf.Session() as sess:
        assert sess.run(hello) == b"Hello"
        assert sess.run([hello, tf.constant(["a", "b"])])[1].tolist() == [b"a", b"b"]
        upper = tf.py_func(lambda t: t.item().upper(), [text], tf.string)
        assert sess.run(upper, {text: "abc"}) == "ABC"


def test_python_within_a_graph(capsys):
    x = tf.placeholder(tf.float32, [None])
    doubled = tf.py_func(lambda v: 2 * v, [x], tf.float32)
    y = tf.reduce_sum(doubled) + 1.0
    shown = tf.Print(x, [x, tf.shape(x)], "x: ", summarize=2)
    checked = tf.check_numerics(x, "bad x")
    with tf.control_dependencies([tf.Assert(tf.reduce_all(x > 0), [x])]):
        sure = tf.identity(x)
    with tf.Session() as sess:
        assert sess.run(y, {x: [1.0, 2.0]}) == 7.0
        sess.run(shown * 2.0, {x: [1.0, 2.0, 3.0]})
        assert capsys.readouterr().err == "x: [1.0 2.0 ...][3]\n"
        assert sess.run([checked, sure], {x: [1.0]})[1] == [1.0]
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad x : .*NaN"):
            sess.run(checked, {x: [np.nan]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed"):
            sess.run(sure, {x: [-1.0]})


def test_an_error_leaves_variables_alone():
    w = tf.Variable(1.0)
    x = tf.placeholder(tf.float32, [])
    step = w.assign(tf.check_numerics(x, "step"))
    with initialized() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(step, {x: np.inf})
        assert sess.run(w) == 1.0 and sess.run(step, {x: 2.0}) == 2.0


def test_interactive_and_nested_sessions():
    a = tf.constant(2.0)
    sess = tf.InteractiveSession()
    assert a.eval() == 2.0 and tf.get_default_session() is sess
    with tf.Session() as inner:
        assert tf.get_default_session() is inner
    sess.close()
    with pytest.raises(ValueError, match="no default session"):
        a.eval()


def test_a_loop_of_runs_compiles_once():
    x = tf.placeholder(tf.float32, [None])
    w = tf.Variable(0.0)
    step = w.assign_add(tf.reduce_sum(x))
    with initialized() as sess:
        known = len(sess._runs)
        for _ in range(5):
            sess.run([step.op, w], {x: [1.0, 2.0]})
        assert len(sess._runs) == known + 1 and sess.run(w) == 15.0
