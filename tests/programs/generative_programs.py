"""Train steps of generative models, as the examples of Keras write them.

They run on Keras and here; what they draw at random is handed in with the data.
"""

import numpy as np

from tests.programs.common import with_fixed_weights

LATENT = 4


def data():
    """Two batches of images of 8 x 8 pixels, and noise for them."""
    random = np.random.RandomState(0)
    draws = {
        "image": random.rand(8, 8, 8, 1),
        "noise": random.randn(8, LATENT),
        "more_noise": random.randn(8, LATENT),
        "share": random.rand(8, 1, 1, 1),
    }
    return {name: array.astype("float32") for name, array in draws.items()}


def generator(keras):
    """A small stack of transposed convolutions."""
    layers = keras.layers
    return with_fixed_weights(
        keras.Sequential(
            [
                keras.Input((LATENT,)),
                layers.Dense(2 * 2 * 4),
                layers.Reshape((2, 2, 4)),
                layers.Conv2DTranspose(4, 4, strides=2, padding="same"),
                layers.LeakyReLU(negative_slope=0.2),
                layers.Conv2DTranspose(1, 4, 2, "same", activation="sigmoid"),
            ],
            name="generator",
        ),
        seed=1,
    )


def discriminator(keras, activation=None):
    """A small stack of convolutions."""
    layers = keras.layers
    return with_fixed_weights(
        keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(4, 4, strides=2, padding="same"),
                layers.LeakyReLU(negative_slope=0.2),
                layers.Flatten(),
                layers.Dense(1, activation=activation),
            ],
            name="discriminator",
        ),
        seed=2,
    )


def dcgan(keras, tape):
    """A GAN whose two nets are trained by turns on labels of real and made images."""
    ops = keras.ops

    class GAN(keras.Model):
        def __init__(self, discriminator, generator):
            super().__init__()
            self.discriminator = discriminator
            self.generator = generator

        def compile(self, d_optimizer, g_optimizer, loss_fn):
            super().compile()
            self.d_optimizer = d_optimizer
            self.g_optimizer = g_optimizer
            self.loss_fn = loss_fn
            self.d_loss_metric = keras.metrics.Mean(name="d_loss")
            self.g_loss_metric = keras.metrics.Mean(name="g_loss")

        @property
        def metrics(self):
            return [self.d_loss_metric, self.g_loss_metric]

        def train_step(self, data):
            x = keras.utils.unpack_x_y_sample_weight(data)[0]
            size = ops.shape(x["image"])[0]
            made = self.generator(x["noise"])
            both = ops.concatenate([made, x["image"]], axis=0)
            labels = ops.concatenate(
                [ops.ones((size, 1)), ops.zeros((size, 1))], axis=0
            )
            with tape() as t:
                d_loss = self.loss_fn(labels, self.discriminator(both))
            grads = t.gradient(d_loss, self.discriminator.trainable_weights)
            self.d_optimizer.apply_gradients(
                zip(grads, self.discriminator.trainable_weights)
            )
            misleading = ops.zeros((size, 1))
            with tape() as t:
                made = self.discriminator(self.generator(x["more_noise"]))
                g_loss = self.loss_fn(misleading, made)
            grads = t.gradient(g_loss, self.generator.trainable_weights)
            self.g_optimizer.apply_gradients(
                zip(grads, self.generator.trainable_weights)
            )
            self.d_loss_metric.update_state(d_loss)
            self.g_loss_metric.update_state(g_loss)
            return {
                "d_loss": self.d_loss_metric.result(),
                "g_loss": self.g_loss_metric.result(),
            }

    gan = GAN(discriminator(keras, "sigmoid"), generator(keras))
    gan.compile(
        d_optimizer=keras.optimizers.Adam(0.01, beta_1=0.5),
        g_optimizer=keras.optimizers.Adam(0.01, beta_1=0.5),
        loss_fn=keras.losses.BinaryCrossentropy(),
    )
    return gan


def wgan_gp(keras, tape):
    """A Wasserstein GAN: the critic's gradient by its input is kept near one."""
    ops = keras.ops

    class WGAN(keras.Model):
        def __init__(self, discriminator, generator, steps=3, weight=10.0):
            super().__init__()
            self.discriminator = discriminator
            self.generator = generator
            self.d_steps = steps
            self.gp_weight = weight

        def compile(self, d_optimizer, g_optimizer, d_loss_fn, g_loss_fn):
            super().compile()
            self.d_optimizer = d_optimizer
            self.g_optimizer = g_optimizer
            self.d_loss_fn = d_loss_fn
            self.g_loss_fn = g_loss_fn

        def gradient_penalty(self, share, real, made):
            between = real + share * (made - real)
            with tape() as gp_tape:
                gp_tape.watch(between)
                judged = self.discriminator(between, training=True)
            grads = gp_tape.gradient(judged, [between])[0]
            norm = ops.sqrt(ops.sum(ops.square(grads), axis=[1, 2, 3]))
            return ops.mean((norm - 1.0) ** 2)

        def train_step(self, data):
            x = keras.utils.unpack_x_y_sample_weight(data)[0]
            real = x["image"]
            for _ in range(self.d_steps):
                with tape() as t:
                    made = self.generator(x["noise"], training=True)
                    cost = self.d_loss_fn(
                        self.discriminator(real, training=True),
                        self.discriminator(made, training=True),
                    )
                    penalty = self.gradient_penalty(x["share"], real, made)
                    d_loss = cost + penalty * self.gp_weight
                grads = t.gradient(d_loss, self.discriminator.trainable_variables)
                self.d_optimizer.apply_gradients(
                    zip(grads, self.discriminator.trainable_variables)
                )
            with tape() as t:
                made = self.generator(x["more_noise"], training=True)
                g_loss = self.g_loss_fn(self.discriminator(made, training=True))
            grads = t.gradient(g_loss, self.generator.trainable_variables)
            self.g_optimizer.apply_gradients(
                zip(grads, self.generator.trainable_variables)
            )
            return {"d_loss": d_loss, "g_loss": g_loss}

    gan = WGAN(discriminator(keras), generator(keras))
    gan.compile(
        d_optimizer=keras.optimizers.Adam(0.01, beta_1=0.5, beta_2=0.9),
        g_optimizer=keras.optimizers.Adam(0.01, beta_1=0.5, beta_2=0.9),
        d_loss_fn=lambda real, made: ops.mean(made) - ops.mean(real),
        g_loss_fn=lambda made: -ops.mean(made),
    )
    return gan


def vae(keras, tape):
    """A variational autoencoder whose encoder also draws the code."""
    ops, layers = keras.ops, keras.layers

    class Sampling(layers.Layer):
        def call(self, inputs):
            mean, log_var, noise = inputs
            return mean + ops.exp(0.5 * log_var) * noise

    image, noise = keras.Input((8, 8, 1)), keras.Input((LATENT,))
    hidden = layers.Conv2D(4, 3, activation="relu", strides=2, padding="same")(image)
    hidden = layers.Dense(8, activation="relu")(layers.Flatten()(hidden))
    mean = layers.Dense(LATENT, name="z_mean")(hidden)
    log_var = layers.Dense(LATENT, name="z_log_var")(hidden)
    code = Sampling()([mean, log_var, noise])
    encoder = keras.Model([image, noise], [mean, log_var, code], name="encoder")

    class VAE(keras.Model):
        def __init__(self, encoder, decoder, **kwargs):
            super().__init__(**kwargs)
            self.encoder = encoder
            self.decoder = decoder
            self.total_loss_tracker = keras.metrics.Mean(name="total_loss")
            self.kl_loss_tracker = keras.metrics.Mean(name="kl_loss")

        @property
        def metrics(self):
            return [self.total_loss_tracker, self.kl_loss_tracker]

        def train_step(self, data):
            x = keras.utils.unpack_x_y_sample_weight(data)[0]
            with tape() as t:
                mean, log_var, z = self.encoder([x["image"], x["noise"]])
                error = keras.losses.binary_crossentropy(x["image"], self.decoder(z))
                reconstruction = ops.mean(ops.sum(error, axis=(1, 2)))
                kl_loss = -0.5 * (1 + log_var - ops.square(mean) - ops.exp(log_var))
                kl_loss = ops.mean(ops.sum(kl_loss, axis=1))
                total_loss = reconstruction + kl_loss
            grads = t.gradient(total_loss, self.trainable_weights)
            self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
            self.total_loss_tracker.update_state(total_loss)
            self.kl_loss_tracker.update_state(kl_loss)
            return {m.name: m.result() for m in self.metrics}

    model = VAE(with_fixed_weights(encoder), generator(keras))
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    return model


def maml(keras, tape):
    """Learns initial weights from which one step on a task's first half helps."""
    ops = keras.ops

    class Adapting(keras.Model):
        def __init__(self, net, inner_rate=0.5):
            super().__init__()
            self.net = net
            self.inner_rate = inner_rate

        def forward(self, weights, x):
            hidden = ops.tanh(ops.matmul(x, weights[0]) + weights[1])
            return ops.matmul(hidden, weights[2]) + weights[3]

        def train_step(self, data):
            x = keras.utils.unpack_x_y_sample_weight(data)[0]
            task, wanted = x["noise"], x["more_noise"][:, :1]
            weights = self.net.trainable_weights
            with tape() as outer:
                values = [weight * 1.0 for weight in weights]
                with tape() as inner:
                    for value in values:
                        inner.watch(value)
                    error = self.forward(values, task[:2]) - wanted[:2]
                    loss = ops.mean(ops.square(error))
                grads = inner.gradient(loss, values)
                moved = [v - self.inner_rate * g for v, g in zip(values, grads)]
                error = self.forward(moved, task[2:]) - wanted[2:]
                adapted = ops.mean(ops.square(error))
            grads = outer.gradient(adapted, weights)
            self.optimizer.apply_gradients(zip(grads, weights))
            return {"before": loss, "adapted": adapted}

    layers = keras.layers
    net = keras.Sequential(
        [keras.Input((LATENT,)), layers.Dense(5, activation="tanh"), layers.Dense(1)]
    )
    model = Adapting(with_fixed_weights(net, seed=3))
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    return model


PROGRAMS = {"dcgan": dcgan, "wgan_gp": wgan_gp, "vae": vae, "maml": maml}


def run(keras, tape, name, **settings):
    """Train for three epochs; returns the logs and the sum of each weight."""
    model = PROGRAMS[name](keras, tape)
    for option, value in settings.items():
        setattr(model, option, value)
    history = model.fit(
        data(), epochs=3, batch_size=4, shuffle=False, verbose=0
    ).history
    logs = {name: [float(x) for x in column] for name, column in history.items()}
    weights = [float(np.abs(np.asarray(w)).sum()) for w in model.get_weights()]
    return {"logs": logs, "weights": sorted(weights)}
