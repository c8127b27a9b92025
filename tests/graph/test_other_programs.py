"""Short programs that compute rather than learn, and some that do neither."""

import numpy as np

import kerasish.graph as tf


def test_mandelbrot_set():
    y, x = np.mgrid[-1.3:1.3:0.05, -2:1:0.05]
    start = x + 1j * y
    sess = tf.InteractiveSession()
    xs = tf.constant(start.astype(np.complex64))
    zs = tf.Variable(xs)
    ns = tf.Variable(tf.zeros_like(xs, tf.float32))
    tf.global_variables_initializer().run()
    zs_ = zs * zs + xs
    not_diverged = tf.abs(zs_) < 4
    step = tf.group(zs.assign(zs_), ns.assign_add(tf.cast(not_diverged, tf.float32)))
    for _ in range(20):
        step.run()
    found = ns.eval()
    sess.close()
    z, expected = start.astype(np.complex64), np.zeros(start.shape)
    with np.errstate(all="ignore"):
        for _ in range(20):
            z = z * z + start.astype(np.complex64)
            expected += np.abs(z) < 4
    assert (found != expected).mean() < 0.01
    assert 0.1 < (found == 20).mean() < 0.5


def test_waves_on_a_pond():
    def make_kernel(a):
        a = np.asarray(a).reshape([3, 3, 1, 1])
        return tf.constant(a, dtype=tf.float32)

    def laplace(field):
        kernel = make_kernel([[0.5, 1.0, 0.5], [1.0, -6.0, 1.0], [0.5, 1.0, 0.5]])
        field = tf.expand_dims(tf.expand_dims(field, 0), -1)
        found = tf.nn.depthwise_conv2d(field, kernel, [1, 1, 1, 1], padding="SAME")
        return found[0, :, :, 0]

    size = 30
    first = np.zeros([size, size], dtype=np.float32)
    first[10, 15] = 1.0
    eps, damping = tf.placeholder(tf.float32, ()), tf.placeholder(tf.float32, ())
    u, ut = tf.Variable(first), tf.Variable(np.zeros_like(first))
    u_ = u + eps * ut
    ut_ = ut + eps * (laplace(u) - damping * ut)
    step = tf.group(u.assign(u_), ut.assign(ut_))
    sess = tf.InteractiveSession()
    tf.global_variables_initializer().run()
    for _ in range(50):
        step.run({eps: 0.03, damping: 0.04})
    found = u.eval()
    sess.close()
    field, speed = first.copy(), np.zeros_like(first)
    for _ in range(50):
        p = np.pad(field, 1)
        corners = p[:-2, :-2] + p[:-2, 2:] + p[2:, :-2] + p[2:, 2:]
        sides = p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]
        bend = 0.5 * corners + sides - 6 * field
        field, speed = field + 0.03 * speed, speed + 0.03 * (bend - 0.04 * speed)
    np.testing.assert_allclose(found, field, atol=1e-5)


def test_game_of_life():
    board = tf.placeholder(tf.int32, shape=[6, 6], name="board")

    def update_board(cells):
        cells = np.asarray(cells)
        around = sum(
            np.roll(np.roll(cells, i, 0), j, 1)
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            if (i, j) != (0, 0)
        )
        return ((around == 3) | ((cells == 1) & (around == 2))).astype(np.int32)

    by_python = tf.py_func(update_board, [board], [tf.int32])[0]
    kernel = tf.constant([[1, 1, 1], [1, 0, 1], [1, 1, 1]], tf.float32)
    wrapped = tf.concat([board[-1:], board, board[:1]], 0)
    wrapped = tf.concat([wrapped[:, -1:], wrapped, wrapped[:, :1]], 1)
    field = tf.reshape(tf.to_float(wrapped), [1, 8, 8, 1])
    near = tf.nn.conv2d(field, tf.reshape(kernel, [3, 3, 1, 1]), [1] * 4, "VALID")
    near = tf.reshape(near, [6, 6])
    alive = tf.logical_or(
        tf.equal(near, 3), tf.logical_and(tf.equal(board, 1), tf.equal(near, 2))
    )
    cells = np.zeros((6, 6), "int32")
    cells[[0, 1, 2, 2, 2], [1, 2, 0, 1, 2]] = 1
    glider = cells
    with tf.Session() as sess:
        for _ in range(4):
            one, two = sess.run([by_python, tf.cast(alive, tf.int32)], {board: cells})
            np.testing.assert_array_equal(one, two)
            cells = two
    np.testing.assert_array_equal(cells, np.roll(np.roll(glider, 1, 0), 1, 1))


def test_k_means():
    draw = np.random.RandomState(0)
    centres = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])
    data = np.concatenate([c + draw.randn(60, 2) for c in centres]).astype("float32")
    points = tf.constant(data)
    centroids = tf.Variable(data[[0, 60, 120]])
    assignments = tf.Variable(tf.zeros([180], dtype=tf.int64))
    differences = tf.expand_dims(points, 1) - tf.expand_dims(centroids, 0)
    best = tf.argmin(tf.reduce_sum(tf.square(differences), 2), 1)
    did_change = tf.reduce_any(tf.not_equal(best, assignments))
    total = tf.unsorted_segment_sum(points, best, 3)
    count = tf.unsorted_segment_sum(tf.ones_like(points), best, 3)
    with tf.control_dependencies([did_change]):
        do_updates = tf.group(centroids.assign(total / count), assignments.assign(best))
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    changed, rounds = True, 0
    while changed and rounds < 50:
        rounds += 1
        changed, _ = sess.run([did_change, do_updates])
    found, which = sess.run([centroids, assignments])
    assert 1 < rounds < 20
    np.testing.assert_allclose(found, centres, atol=0.5)
    for k in range(3):
        np.testing.assert_allclose(found[k], data[which == k].mean(0), atol=1e-4)


def test_self_organising_map():
    draw = np.random.RandomState(0)
    colors = draw.rand(40, 3).astype("float32")
    size = 6
    places = np.array([[i, j] for i in range(size) for j in range(size)], "int64")
    locations = tf.constant(places)
    weights = tf.Variable(tf.random_normal([size * size, 3], mean=0.5, stddev=0.1))
    vect = tf.placeholder("float", [3])
    iteration = tf.placeholder("float")
    squares = tf.pow(tf.subtract(weights, tf.stack([vect] * size * size)), 2)
    bmu_index = tf.argmin(tf.sqrt(tf.reduce_sum(squares, 1)), 0)
    slice_input = tf.pad(tf.reshape(bmu_index, [1]), np.array([[0, 1]]))
    bmu_loc = tf.reshape(
        tf.slice(locations, slice_input, tf.constant(np.array([1, 2]))), [2]
    )
    decay = tf.subtract(1.0, tf.div(iteration, 10.0))
    alpha, sigma = tf.multiply(0.3, decay), tf.multiply(size / 2.0, decay)
    distance = tf.reduce_sum(
        tf.pow(tf.subtract(locations, tf.stack([bmu_loc] * size * size)), 2), 1
    )
    near = tf.exp(tf.negative(tf.div(tf.cast(distance, "float32"), tf.pow(sigma, 2))))
    rates = tf.stack([
        tf.tile(tf.slice(tf.multiply(alpha, near), np.array([i]), np.array([1])), [3])
        for i in range(size * size)
    ])  # fmt: skip
    delta = tf.multiply(rates, tf.subtract(tf.stack([vect] * size * size), weights))
    training = tf.assign(weights, tf.add(weights, delta))

    def error(sess):
        found = sess.run(weights)
        return np.mean([np.square(found - c).sum(1).min() for c in colors])

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = error(sess)
        for number in range(9):
            for color in colors:
                sess.run(training, feed_dict={vect: color, iteration: number})
        assert error(sess) < 0.3 * first


def test_bandit_by_policy_gradient():
    bandits = [0.2, 0.0, -0.2, -2.0]
    weights = tf.Variable(tf.ones([4]))
    chosen_action = tf.argmax(weights, 0)
    reward_holder = tf.placeholder(shape=[1], dtype=tf.float32)
    action_holder = tf.placeholder(shape=[1], dtype=tf.int32)
    responsible_weight = tf.slice(weights, action_holder, [1])
    loss = -(tf.log(responsible_weight) * reward_holder)
    update = tf.train.GradientDescentOptimizer(0.001).minimize(loss)
    draw = np.random.RandomState(0)
    rewards = np.zeros(4)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(800):
            explore = draw.rand() < 0.3
            action = draw.randint(4) if explore else sess.run(chosen_action)
            reward = 1.0 if draw.randn() > bandits[action] else -1.0
            _, _, ww = sess.run(
                [update, responsible_weight, weights],
                feed_dict={reward_holder: [reward], action_holder: [action]},
            )
            rewards[action] += reward
    assert np.argmax(ww) == 3 == np.argmax(rewards)


def test_saving_and_restoring(tmp_path):
    v1 = tf.get_variable("v1", shape=[3], initializer=tf.zeros_initializer)
    v2 = tf.get_variable("v2", shape=[5], initializer=tf.zeros_initializer)
    inc_v1, dec_v2 = v1.assign(v1 + 1), v2.assign(v2 - 1)
    saver = tf.train.Saver()
    folder = str(tmp_path / "run")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(7):
            inc_v1.op.run()
            dec_v2.op.run()
            path = saver.save(sess, f"{folder}/model.ckpt", global_step=step)
    assert path == f"{folder}/model.ckpt-6"
    assert tf.train.latest_checkpoint(folder) == path
    kept = tf.train.get_checkpoint_state(folder).all_model_checkpoint_paths
    assert [p.rpartition("-")[2] for p in kept] == ["2", "3", "4", "5", "6"]
    files = sorted(p.name for p in (tmp_path / "run").iterdir())
    assert files == ["checkpoint", *[f"model.ckpt-{n}.h5" for n in range(2, 7)]]
    with tf.Graph().as_default(), tf.Session() as sess:
        other = tf.get_variable("other", shape=[3])
        v2 = tf.get_variable("v2", shape=[5])
        tf.train.Saver({"v1": other, "v2": v2}).restore(sess, path)
        np.testing.assert_array_equal(sess.run(other), [7, 7, 7])
        np.testing.assert_array_equal(v2.eval(), [-7] * 5)
