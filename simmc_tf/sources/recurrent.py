"""Recurrent encoders, and a decoder that attends to what was encoded."""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

# Of encoders and decoders of all source models.
NUM_LAYERS = 2
# Longer sequences are looped over, so that the graph stays small.
_LONGEST_UNROLLED = 12
# Gives the initial weights from a seed.
Initial = Callable[[int], keras.initializers.Initializer]


class Encoder(keras.layers.Layer):
    """Two LSTM layers over the frames of a sequence.

    Args:
        name: of the layer.
        units: H, of either layer.
        initial: of kernels; biases are 0, those of the forget gates 1. Glorot's limits
            are those of Keras, for input and state apart; the published code draws both
            as one kernel, within somewhat narrower ones.
        seed: of the initial weights; the encoder uses seed .. seed + 3.
        num_frames: f, the most there are.
    """

    def __init__(
        self,
        name: str,
        units: int,
        initial: Initial = keras.initializers.GlorotUniform,
        seed: int = 0,
        num_frames: int = 1,
    ) -> None:
        super().__init__(name=name)
        self.units = units
        self.unrolled = num_frames <= _LONGEST_UNROLLED
        self.lstm_layers = [
            keras.layers.LSTM(
                units,
                return_sequences=True,
                return_state=True,
                kernel_initializer=initial(seed + 2 * number),
                recurrent_initializer=initial(seed + 2 * number + 1),
                unroll=self.unrolled,
            )
            for number in range(NUM_LAYERS)
        ]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the weights for sequences [B, f, d]."""
        size = input_shape[-1]
        for layer in self.lstm_layers:
            layer.build((None, None, size))
            size = self.units
        self.built = True

    def call(self, sequences: tf.Tensor) -> tuple[tf.Tensor, list[list[tf.Tensor]]]:
        """Encodes sequences.

        Args:
            sequences: [B, f, d].

        Returns:
            The upper layer's state [B, f, H] after each frame, which has seen no later
            one, and either layer's last states, twice [B, H].
        """
        states = []
        for layer in self.lstm_layers:
            sequences, *last = layer(sequences)
            states.append(last)
        return sequences, states

    def encode_ending(self, steps: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """Encodes sequences of which ever fewer go on.

        Args:
            steps: [n, d] the frames of each step, n falling: the first ones end.

        Returns:
            The upper layer's states [n, H] after each step.
        """
        zeros = tf.zeros([tf.shape(steps[0])[0], self.units], steps[0].dtype)
        states = [[zeros, zeros] for _ in self.lstm_layers]
        found = []
        for frames in steps:
            ended = tf.shape(states[0][0])[0] - tf.shape(frames)[0]
            for number, layer in enumerate(self.lstm_layers):
                going_on = [state[ended:] for state in states[number]]
                frames, states[number] = layer.cell(frames, going_on)
            found.append(frames)
        return found


class Decoder(keras.layers.Layer):
    """Two LSTM layers that attend to what was encoded (Luong et al., 2015, "general").

    Each step sees its input and what the step before attended to; its state scores the
    encoded frames, and their mean by these scores is its context.

    Args:
        name: of the layer.
        units: H, of either layer, as the encoder's.
        size: numbers a step gives.
        initial: of the LSTM layers' kernels.
        seed: of the initial weights; the decoder uses seed .. seed + 6.
    """

    def __init__(
        self, name: str, units: int, size: int, initial: Initial, seed: int = 0
    ) -> None:
        super().__init__(name=name)
        self.units = units
        self.size = size
        self.cells = [
            keras.layers.LSTMCell(
                units,
                kernel_initializer=initial(seed + 2 * number),
                recurrent_initializer=initial(seed + 2 * number + 1),
            )
            for number in range(NUM_LAYERS)
        ]
        glorot = keras.initializers.GlorotUniform
        self.keys, self.attending = (
            keras.layers.Dense(units, use_bias=False, kernel_initializer=glorot(own))
            for own in (seed + 4, seed + 5)
        )
        self.output_layer = keras.layers.Dense(
            size,
            kernel_initializer=keras.initializers.TruncatedNormal(
                stddev=0.1, seed=seed + 6
            ),
        )

    def build(self, input_shape: object = None) -> None:
        """Creates the weights."""
        size = self.size + self.units
        for cell in self.cells:
            cell.build((None, size))
            size = self.units
        self.keys.build((None, None, self.units))
        self.attending.build((None, 2 * self.units))
        self.output_layer.build((None, None, self.units))
        self.built = True

    def call(
        self, inputs: tf.Tensor, encoded: tf.Tensor, states: list[list[tf.Tensor]]
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Decodes as many steps as there are inputs.

        Args:
            inputs: [B, f, size] of each step.
            encoded: [B, g, H] to attend to.
            states: of either LSTM layer to begin with.

        Returns:
            What the steps give [B, f, size], how much they attend to each encoded frame
            [B, f, g], and their contexts [B, f, H].
        """
        keys = self.keys(encoded)
        states = list(states)
        attended = tf.zeros_like(states[-1][0])
        steps = []
        for number in range(inputs.shape[1]):
            state = tf.concat([inputs[:, number], attended], axis=1)
            for layer, cell in enumerate(self.cells):
                state, states[layer] = cell(state, states[layer])
            weights = tf.nn.softmax(tf.linalg.matvec(keys, state))
            context = tf.linalg.matvec(encoded, weights, transpose_a=True)
            attended = self.attending(tf.concat([state, context], axis=1))
            steps.append((attended, weights, context))
        all_attended, attention, contexts = (
            tf.stack(each, axis=1) for each in zip(*steps, strict=True)
        )
        return self.output_layer(all_attended), attention, contexts
