"""Short programs that learn to make data: autoencoders, a GAN, a VAE, an RBM."""

import numpy as np

import kerasish.graph as tf
from kerasish.datasets import digits


def images():
    return (digits.load_data()[0][0].reshape(-1, 64) / 16.0).astype("float32")


def batches(data, count, size=64):
    draw = np.random.RandomState(0)
    for _ in range(count):
        yield data[draw.choice(len(data), size)]


def test_autoencoder():
    data = images()
    X = tf.placeholder("float", [None, 64])
    weights = {
        "encoder": tf.Variable(tf.random_normal([64, 16], stddev=0.2)),
        "decoder": tf.Variable(tf.random_normal([16, 64], stddev=0.2)),
    }
    biases = {
        "encoder": tf.Variable(tf.zeros([16])),
        "decoder": tf.Variable(tf.zeros([64])),
    }
    code = tf.nn.sigmoid(tf.add(tf.matmul(X, weights["encoder"]), biases["encoder"]))
    again = tf.nn.sigmoid(
        tf.add(tf.matmul(code, weights["decoder"]), biases["decoder"])
    )
    cost = tf.reduce_mean(tf.pow(X - again, 2))
    optimizer = tf.train.RMSPropOptimizer(0.01).minimize(cost)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for batch in batches(data, 300):
            _, c = sess.run([optimizer, cost], feed_dict={X: batch})
        assert sess.run(cost, {X: data}) < 0.4 * np.var(data)


def test_variational_autoencoder():
    data = images()
    x = tf.placeholder(tf.float32, [None, 64])
    h = tf.layers.dense(x, 64, tf.nn.relu)
    mean = tf.layers.dense(h, 4)
    log_var = tf.layers.dense(h, 4)
    noise = tf.random_normal(tf.shape(mean))
    z = mean + tf.exp(0.5 * log_var) * noise
    with tf.variable_scope("decoder"):
        hidden = tf.layers.dense(z, 64, tf.nn.relu, name="hidden")
        logits = tf.layers.dense(hidden, 64, name="logits")
    reconstruction = tf.reduce_sum(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits), 1
    )
    divergence = -0.5 * tf.reduce_sum(
        1 + log_var - tf.square(mean) - tf.exp(log_var), 1
    )
    loss = tf.reduce_mean(reconstruction + divergence)
    train = tf.train.AdamOptimizer(0.005).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = sess.run(loss, {x: data})
        for batch in batches(data, 300):
            sess.run(train, {x: batch})
        last, kl = sess.run([loss, tf.reduce_mean(divergence)], {x: data})
        # Feeding the code alone runs the decoder alone.
        made = sess.run(tf.sigmoid(logits), {z: np.zeros((2, 4))})
    assert last < 0.75 * first and kl > 1.0
    assert made.shape == (2, 64) and np.ptp(made, axis=0).max() == 0


def test_generative_adversarial_network():
    def generator(z):
        with tf.variable_scope("G"):
            return tf.layers.dense(tf.layers.dense(z, 16, tf.nn.tanh), 1)

    def discriminator(x, reuse=False):
        with tf.variable_scope("D", reuse=reuse):
            return tf.layers.dense(tf.layers.dense(x, 16, tf.nn.leaky_relu), 1)

    z = tf.placeholder(tf.float32, [None, 4])
    x = tf.placeholder(tf.float32, [None, 1])
    fake = generator(z)
    real_logits, fake_logits = discriminator(x), discriminator(fake, reuse=True)

    def crossentropy(logits, value):
        labels = tf.ones_like(logits) * value
        return tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        )

    d_loss = crossentropy(real_logits, 1.0) + crossentropy(fake_logits, 0.0)
    g_loss = crossentropy(fake_logits, 1.0)
    d_vars = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope="D")
    g_vars = [v for v in tf.trainable_variables() if v.name.startswith("G/")]
    assert len(d_vars) == len(g_vars) == 4
    d_step = tf.train.AdamOptimizer(0.01, beta1=0.5).minimize(d_loss, var_list=d_vars)
    g_step = tf.train.AdamOptimizer(0.01, beta1=0.5).minimize(g_loss, var_list=g_vars)
    draw = np.random.RandomState(0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before = sess.run(d_vars)
        sess.run(g_step, {z: draw.randn(8, 4)})
        for old, new in zip(before, sess.run(d_vars)):
            np.testing.assert_array_equal(old, new)
        for _ in range(600):
            real = 3.0 + 0.5 * draw.randn(64, 1)
            sess.run(d_step, {x: real, z: draw.randn(64, 4)})
            sess.run(g_step, {z: draw.randn(64, 4)})
        made = sess.run(fake, {z: draw.randn(1000, 4)})
    assert abs(made.mean() - 3.0) < 0.8


def test_restricted_boltzmann_machine():
    data = (images() > 0.5).astype("float32")
    v = tf.placeholder(tf.float32, [None, 64])
    w = tf.Variable(tf.random_normal([64, 24], stddev=0.05))
    a, b = tf.Variable(tf.zeros([64])), tf.Variable(tf.zeros([24]))

    def sample(probabilities):
        return tf.nn.relu(
            tf.sign(probabilities - tf.random_uniform(tf.shape(probabilities)))
        )

    h = tf.nn.sigmoid(tf.matmul(v, w) + b)
    again = tf.nn.sigmoid(tf.matmul(sample(h), tf.transpose(w)) + a)
    h_again = tf.nn.sigmoid(tf.matmul(again, w) + b)
    count = tf.cast(tf.shape(v)[0], tf.float32)
    change = tf.matmul(tf.transpose(v), h) - tf.matmul(tf.transpose(again), h_again)
    update = [
        w.assign_add(0.1 * change / count),
        a.assign_add(0.1 * tf.reduce_mean(v - again, 0)),
        b.assign_add(0.1 * tf.reduce_mean(h - h_again, 0)),
    ]
    error = tf.reduce_mean(tf.square(v - again))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = sess.run(error, {v: data})
        for batch in batches(data, 250):
            sess.run(update, {v: batch})
        assert sess.run(error, {v: data}) < 0.5 * first
