"""Short programs on sequences: recurrent networks and words."""

import numpy as np

import kerasish.graph as tf
from kerasish.datasets import digits


def test_lstm_classifier_of_rows():
    (images, labels), (test_images, test_labels) = digits.load_data()
    x = tf.placeholder("float", [None, 8, 8])
    y = tf.placeholder("float", [None, 10])
    weights = tf.Variable(tf.random_normal([32, 10]))
    biases = tf.Variable(tf.random_normal([10]))
    cell = tf.contrib.rnn.BasicLSTMCell(32, forget_bias=1.0)
    outputs, states = tf.contrib.rnn.static_rnn(
        cell, tf.unstack(x, 8, 1), dtype=tf.float32
    )
    logits = tf.matmul(outputs[-1], weights) + biases
    loss = tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=y)
    )
    train = tf.train.RMSPropOptimizer(0.01).minimize(loss)
    correct = tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1))
    accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
    draw = np.random.RandomState(0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(200):
            rows = draw.choice(len(images), 64)
            feed = {x: images[rows] / 16.0, y: np.eye(10)[labels[rows]]}
            sess.run(train, feed_dict=feed)
        feed = {x: test_images / 16.0, y: np.eye(10)[test_labels]}
        assert sess.run(accuracy, feed) > 0.8
    names = [variable.name for variable in tf.trainable_variables()]
    assert "rnn/basic_lstm_cell/kernel:0" in names


def test_character_model_with_kept_state():
    text = "the quick brown fox jumps over the lazy dog. " * 4
    letters = sorted(set(text))
    numbers = np.array([letters.index(c) for c in text])
    size, steps, batch = len(letters), 10, 2
    inputs = tf.placeholder(tf.int32, [batch, steps])
    targets = tf.placeholder(tf.int32, [batch, steps])
    cells = [tf.nn.rnn_cell.GRUCell(48), tf.nn.rnn_cell.GRUCell(32)]
    cell = tf.nn.rnn_cell.MultiRNNCell(cells)
    initial_state = cell.zero_state(batch, tf.float32)
    with tf.variable_scope("model"):
        outputs, last_state = tf.nn.dynamic_rnn(
            cell, tf.one_hot(inputs, size), initial_state=initial_state
        )
        flat = tf.reshape(outputs, [-1, 32])
        softmax_w = tf.get_variable("softmax_w", [32, size])
        softmax_b = tf.get_variable("softmax_b", [size])
        logits = tf.matmul(flat, softmax_w) + softmax_b
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.reshape(targets, [-1]), logits=logits
        )
    )
    variables = tf.trainable_variables()
    grads, norm = tf.clip_by_global_norm(tf.gradients(loss, variables), 5.0)
    lr = tf.Variable(0.0, trainable=False)
    optimizer = tf.train.AdamOptimizer(lr)
    train_op = optimizer.apply_gradients(zip(grads, variables))
    rows = numbers[: batch * 80].reshape(batch, 80)
    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(tf.assign(lr, 0.02))
        for _ in range(12):
            state = sess.run(initial_state)
            for start in range(0, 70, steps):
                feed = {
                    inputs: rows[:, start : start + steps],
                    targets: rows[:, start + 1 : start + steps + 1],
                }
                for part, value in zip(initial_state, state):
                    feed[part] = value
                cost, state, _ = sess.run([loss, last_state, train_op], feed)
                losses.append(cost)
    assert np.mean(losses[-7:]) < 0.3 * losses[0]
    assert isinstance(state, tuple) and state[1].shape == (batch, 32)


def test_word_vectors_by_noise_contrastive_estimation():
    draw = np.random.RandomState(0)
    # Words come in pairs: 2k and 2k + 1 stand beside the same words.
    vocabulary, size, batch = 40, 16, 64
    topics = draw.randint(0, 5, 4000)
    words = topics * 8 + draw.randint(0, 8, 4000)
    contexts = topics * 8 + draw.randint(0, 8, 4000)
    train_inputs = tf.placeholder(tf.int32, shape=[batch])
    train_labels = tf.placeholder(tf.int32, shape=[batch, 1])
    embeddings = tf.Variable(tf.random_uniform([vocabulary, size], -1.0, 1.0))
    embed = tf.nn.embedding_lookup(embeddings, train_inputs)
    nce_weights = tf.Variable(tf.truncated_normal([vocabulary, size], stddev=0.25))
    nce_biases = tf.Variable(tf.zeros([vocabulary]))
    loss = tf.reduce_mean(
        tf.nn.nce_loss(
            weights=nce_weights, biases=nce_biases, labels=train_labels, inputs=embed,
            num_sampled=16, num_classes=vocabulary,
        )
    )  # fmt: skip
    optimizer = tf.train.GradientDescentOptimizer(0.7).minimize(loss)
    norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keep_dims=True))
    normalized = embeddings / norm
    similarity = tf.matmul(normalized, normalized, transpose_b=True)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(1200):
            rows = draw.choice(len(words), batch)
            feed = {train_inputs: words[rows], train_labels: contexts[rows][:, None]}
            sess.run(optimizer, feed_dict=feed)
        sim = similarity.eval()
    same = np.kron(np.eye(5), np.ones((8, 8))) > 0
    np.fill_diagonal(sim, np.nan)
    assert np.nanmean(sim[same]) > np.nanmean(sim[~same]) + 0.3


def test_bidirectional_network_on_padded_sequences():
    draw = np.random.RandomState(2)
    lengths = draw.randint(2, 9, 300)
    data = draw.randn(300, 8, 1).astype("float32")
    truth = np.array([row[:n].sum() > 0 for row, n in zip(data, lengths)], "int32")
    x = tf.placeholder(tf.float32, [None, 8, 1])
    n = tf.placeholder(tf.int32, [None])
    y = tf.placeholder(tf.int32, [None])
    training = tf.placeholder(tf.float32, [])
    forwards = tf.nn.rnn_cell.DropoutWrapper(
        tf.nn.rnn_cell.LSTMCell(12, use_peepholes=True), output_keep_prob=training
    )
    backwards = tf.nn.rnn_cell.LSTMCell(12)
    _, (state, other) = tf.nn.bidirectional_dynamic_rnn(
        forwards, backwards, x, sequence_length=n, dtype=tf.float32
    )
    logits = tf.layers.dense(tf.concat([state.h, other.h], 1), 2)
    loss = tf.losses.sparse_softmax_cross_entropy(y, logits)
    train = tf.train.AdamOptimizer(0.03).minimize(loss)
    value, update = tf.metrics.accuracy(y, tf.argmax(logits, 1))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(tf.local_variables_initializer())
        for _ in range(40):
            sess.run(train, {x: data, n: lengths, y: truth, training: 0.9})
        # What is beyond the lengths makes no difference.
        longer = data.copy()
        longer[np.arange(8) >= lengths[:, None]] = 99.0
        sess.run(update, {x: longer, n: lengths, y: truth, training: 1.0})
        assert sess.run(value) > 0.9
