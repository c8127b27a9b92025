"""Short programs of fitting: lines, classes, boundaries."""

import numpy as np

import kerasish.graph as tf
from kerasish.datasets import digits


def load_digits():
    (x, y), (x_test, y_test) = digits.load_data()
    flat = [images.reshape(len(images), 64) / 16.0 for images in (x, x_test)]
    return flat[0].astype("float32"), np.eye(10)[y], flat[1], np.eye(10)[y_test]


def line_data():
    draw = np.random.RandomState(0)
    x = draw.uniform(-1, 1, (200, 3)).astype("float32")
    y = x @ np.array([[1.0], [-2.0], [0.5]]) + 0.3 + draw.normal(0, 0.01, (200, 1))
    return x, y


def test_linear_regression_in_closed_form():
    x, y = line_data()
    wide = np.hstack([np.ones((len(x), 1)), x])
    X = tf.constant(wide, dtype=tf.float32, name="X")
    Y = tf.constant(y, dtype=tf.float32, name="y")
    XT = tf.transpose(X)
    theta = tf.matmul(tf.matmul(tf.matrix_inverse(tf.matmul(XT, X)), XT), Y)
    with tf.Session() as sess:
        found = sess.run(theta)
    expected = np.linalg.lstsq(wide, y, rcond=None)[0]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_linear_regression_by_gradient_descent():
    draw = np.random.RandomState(1)
    train_x = draw.uniform(0, 4, 30)
    train_y = 2.0 * train_x - 1.0
    X, Y = tf.placeholder("float"), tf.placeholder("float")
    W = tf.Variable(draw.randn(), name="weight", dtype=tf.float32)
    b = tf.Variable(draw.randn(), name="bias", dtype=tf.float32)
    pred = tf.add(tf.multiply(X, W), b)
    cost = tf.reduce_sum(tf.pow(pred - Y, 2)) / (2 * len(train_x))
    optimizer = tf.train.GradientDescentOptimizer(0.5).minimize(cost)
    init = tf.global_variables_initializer()
    with tf.Session() as sess:
        sess.run(init)
        for _ in range(60):
            for x, y in zip(train_x, train_y):
                sess.run(optimizer, feed_dict={X: x, Y: y})
        training_cost = sess.run(cost, feed_dict={X: train_x, Y: train_y})
        found = sess.run([W, b])
    assert training_cost < 1e-3
    np.testing.assert_allclose(found, [2.0, -1.0], atol=0.05)


def test_exclusive_or():
    x = tf.placeholder(tf.float32, [4, 2], name="x-input")
    y_ = tf.placeholder(tf.float32, [4, 1], name="y-input")
    theta1 = tf.Variable(tf.random_uniform([2, 4], -1, 1), name="Theta1")
    theta2 = tf.Variable(tf.random_uniform([4, 1], -1, 1), name="Theta2")
    bias1 = tf.Variable(tf.zeros([4]), name="Bias1")
    bias2 = tf.Variable(tf.zeros([1]), name="Bias2")
    with tf.name_scope("layer2"):
        a2 = tf.tanh(tf.matmul(x, theta1) + bias1)
    with tf.name_scope("layer3"):
        hypothesis = tf.sigmoid(tf.matmul(a2, theta2) + bias2)
    with tf.name_scope("cost"):
        cost = tf.reduce_mean(
            (y_ * tf.log(hypothesis) + (1 - y_) * tf.log(1.0 - hypothesis)) * -1
        )
    with tf.name_scope("train"):
        step = tf.train.AdamOptimizer(0.1).minimize(cost)
    inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    sess = tf.Session()
    sess.run(tf.initialize_all_variables())
    for _ in range(200):
        sess.run(step, feed_dict={x: inputs, y_: targets})
    found = sess.run(hypothesis, feed_dict={x: inputs})
    np.testing.assert_array_equal(found > 0.5, np.array(targets) > 0)
    assert a2.op.name == "layer2/Tanh"


def test_softmax_regression_on_digits():
    x_train, y_train, x_test, y_test = load_digits()
    x = tf.placeholder(tf.float32, [None, 64])
    W = tf.Variable(tf.zeros([64, 10]))
    b = tf.Variable(tf.zeros([10]))
    y = tf.nn.softmax(tf.matmul(x, W) + b)
    y_ = tf.placeholder(tf.float32, [None, 10])
    cross_entropy = tf.reduce_mean(
        -tf.reduce_sum(y_ * tf.log(y), reduction_indices=[1])
    )
    train_step = tf.train.GradientDescentOptimizer(0.5).minimize(cross_entropy)
    correct_prediction = tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1))
    accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))
    sess = tf.InteractiveSession()
    tf.global_variables_initializer().run()
    draw = np.random.RandomState(0)
    for _ in range(300):
        rows = draw.choice(len(x_train), 100)
        sess.run(train_step, feed_dict={x: x_train[rows], y_: y_train[rows]})
    assert accuracy.eval({x: x_test, y_: y_test}) > 0.92
    sess.close()


def test_logistic_regression_with_decay_and_averages():
    draw = np.random.RandomState(3)
    points = draw.randn(400, 2).astype("float32")
    truth = (points @ [2.0, -1.0] + 0.5 > 0).astype("float32")[:, None]
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.placeholder(tf.float32, [None, 1], name="y")
    w = tf.get_variable("w", [2, 1], initializer=tf.zeros_initializer())
    b = tf.get_variable("b", [1], initializer=tf.constant_initializer(0.1))
    logits = tf.nn.xw_plus_b(x, w, b)
    loss = tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits)
    )
    step = tf.Variable(0, trainable=False, name="global_step")
    rate = tf.train.exponential_decay(1.0, step, 50, 0.9, staircase=True)
    train = tf.train.MomentumOptimizer(rate, 0.9).minimize(loss, global_step=step)
    ema = tf.train.ExponentialMovingAverage(0.9)
    with tf.control_dependencies([train]):
        train = ema.apply([w, b])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(200):
            sess.run(train, {x: points, y: truth})
        right = sess.run(tf.equal(logits > 0, y > 0.5), {x: points, y: truth})
        assert right.mean() > 0.97
        assert sess.run(step) == 200
        np.testing.assert_allclose(sess.run(rate), 0.9**4, rtol=1e-5)
        near, exact = sess.run([ema.average(w), w])
        assert np.abs(near - exact).max() < 0.1 * np.abs(exact).max()


def test_nearest_neighbour():
    x_train, y_train, x_test, y_test = load_digits()
    xtr, xte = tf.placeholder("float", [None, 64]), tf.placeholder("float", [64])
    distance = tf.reduce_sum(tf.abs(tf.add(xtr, tf.negative(xte))), axis=1)
    pred = tf.argmin(distance, 0)
    hits = 0
    with tf.Session() as sess:
        for image, label in zip(x_test[:60], y_test[:60]):
            nearest = sess.run(pred, feed_dict={xtr: x_train, xte: image})
            hits += np.argmax(y_train[nearest]) == np.argmax(label)
    assert hits >= 57


def test_multilayer_perceptron_with_dropout_and_summaries(tmp_path):
    x_train, y_train, x_test, y_test = load_digits()
    with tf.name_scope("input"):
        x = tf.placeholder(tf.float32, [None, 64], name="x-input")
        y_ = tf.placeholder(tf.float32, [None, 10], name="y-input")
        keep_prob = tf.placeholder(tf.float32)

    def layer(inputs, size, name, act):
        with tf.name_scope(name):
            shape = [int(inputs.get_shape()[1]), size]
            weights = tf.Variable(tf.truncated_normal(shape, stddev=0.1))
            biases = tf.Variable(tf.constant(0.1, shape=[size]))
            tf.summary.histogram("weights", weights)
            return act(tf.matmul(inputs, weights) + biases)

    hidden = tf.nn.dropout(layer(x, 64, "layer1", tf.nn.relu), keep_prob)
    y = layer(hidden, 10, "layer2", tf.identity)
    diff = tf.nn.softmax_cross_entropy_with_logits(labels=y_, logits=y)
    cross_entropy = tf.reduce_mean(diff)
    tf.summary.scalar("cross_entropy", cross_entropy)
    train_step = tf.train.AdamOptimizer(0.005).minimize(cross_entropy)
    correct = tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1))
    accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
    merged = tf.summary.merge_all()
    draw = np.random.RandomState(0)
    with tf.Session() as sess:
        writer = tf.summary.FileWriter(str(tmp_path), sess.graph)
        tf.global_variables_initializer().run()
        for i in range(200):
            rows = draw.choice(len(x_train), 100)
            feed = {x: x_train[rows], y_: y_train[rows], keep_prob: 0.8}
            summary, _ = sess.run([merged, train_step], feed_dict=feed)
            writer.add_summary(summary, i)
        writer.close()
        assert accuracy.eval({x: x_test, y_: y_test, keep_prob: 1.0}) > 0.94
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    assert content.count(b"cross_entropy") >= 200 and b"layer1/weights" in content


def test_convnet_on_digits():
    x_train, y_train, x_test, y_test = load_digits()
    x = tf.placeholder(tf.float32, [None, 64])
    y_ = tf.placeholder(tf.float32, [None, 10])
    keep_prob = tf.placeholder(tf.float32)

    def weight_variable(shape):
        return tf.Variable(tf.truncated_normal(shape, stddev=0.1))

    def bias_variable(shape):
        return tf.Variable(tf.constant(0.1, shape=shape))

    image = tf.reshape(x, [-1, 8, 8, 1])
    conv = tf.nn.conv2d(image, weight_variable([3, 3, 1, 8]), [1, 1, 1, 1], "SAME")
    h = tf.nn.relu(conv + bias_variable([8]))
    pool = tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    flat = tf.reshape(pool, [-1, 4 * 4 * 8])
    dropped = tf.nn.dropout(flat, keep_prob)
    logits = tf.matmul(dropped, weight_variable([128, 10])) + bias_variable([10])
    loss = tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(labels=y_, logits=logits)
    )
    train_step = tf.train.AdamOptimizer(0.01).minimize(loss)
    correct = tf.equal(tf.argmax(logits, 1), tf.argmax(y_, 1))
    accuracy = tf.reduce_mean(tf.cast(correct, "float"))
    draw = np.random.RandomState(0)
    with tf.Session(config=tf.ConfigProto(log_device_placement=False)) as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(150):
            rows = draw.choice(len(x_train), 60)
            feed = {x: x_train[rows], y_: y_train[rows], keep_prob: 0.7}
            train_step.run(feed_dict=feed)
        found = accuracy.eval(feed_dict={x: x_test, y_: y_test, keep_prob: 1.0})
    assert found > 0.94
