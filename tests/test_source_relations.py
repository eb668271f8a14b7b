"""Attention among the nodes of a body against loops over them."""

import math

import numpy as np
import pytest
import tensorflow as tf

from simmc_tf.sources import relations
from tests import source_models

BODY = source_models.BODY
NUM_JOINTS = source_models.NUM_JOINTS
UNITS, HEADS, BATCH = 3, 2, 4
SCALES = {
    scale.name: scale
    for scale in (
        *(BODY.hyper_joint_scale, BODY.joint_scale),
        *(BODY.part_scale, BODY.limb_scale),
    )
}
EVERY_SCALE = pytest.mark.parametrize("name", SCALES)


def structural(name, heads=HEADS, seed=0):
    layer = relations.StructuralRelations(SCALES[name], UNITS, heads, seed)
    layer.build((None, NUM_JOINTS, 3))
    source_models.randomise(layer, seed)
    return layer


def cross(units=UNITS, seed=0):
    layer = relations.CrossRelations("cross", units, seed)
    layer.build()
    return layer


def make_joints(seed=1):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(BATCH, NUM_JOINTS, 3)).astype(np.float32)


def leaky_elu(value, slope=None):
    """Leaky ReLU, or ELU without a slope."""
    if value >= 0:
        return value
    return math.expm1(value) if slope is None else slope * value


def loops(layer, scale, joints):
    """Nodes [n, D] of one body [J, 3]: published attn_head, head by head."""
    nodes = []
    for row in scale.pool:
        members = [joints[j] for j in range(NUM_JOINTS) if row[j] > 0]
        nodes.append(sum(members) / len(members))
    embedding, bias = layer.embedding.numpy(), layer.embedding_bias.numpy()
    nodes = [node @ embedding + bias for node in nodes]
    total = np.zeros((len(nodes), layer.units))
    for head in range(layer.heads):
        mapped = [node @ layer.kernel.numpy()[head] for node in nodes]

        def score(which, i, head=head, mapped=mapped):
            kernel, bias = layer.score_kernels[which], layer.score_biases[which]
            return float(
                mapped[i] @ kernel.numpy()[head, :, 0] + bias.numpy()[head, 0, 0]
            )

        for i in range(len(nodes)):
            near = [j for j in range(len(nodes)) if scale.neighbours[i, j]]
            scores = [leaky_elu(score(0, i) + score(1, j), 0.2) for j in near]
            value = layer.bias.numpy()[head, 0].astype(np.float64)
            for weight, j in zip(source_models.softmax(scores), near, strict=True):
                value = value + weight * mapped[j]
            total[i] += [leaky_elu(number) for number in value]
    return total / layer.heads


@EVERY_SCALE
@pytest.mark.parametrize("heads", [2, 3])
def test_structural_relations_equal_loops_over_heads_and_neighbours(name, heads):
    layer, joints = structural(name, heads), make_joints()

    found = layer(joints)

    expected = [loops(layer, SCALES[name], body) for body in joints]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_heads_are_averaged():
    layer, joints = structural("joint", 2), make_joints()
    both = layer(joints).numpy()
    weights = layer.get_weights()
    alone = []
    for head in range(2):
        # Either head in the place of both.
        layer.set_weights(
            [
                np.repeat(weight[head : head + 1], 2, axis=0)
                if weight.ndim == 3
                else weight
                for weight in weights
            ]
        )
        alone.append(layer(joints).numpy())
    assert np.abs(alone[0] - alone[1]).max() > 0.1
    np.testing.assert_allclose(both, sum(alone) / 2, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["joint", "part", "limb"])
def test_what_is_no_neighbour_has_no_influence_at_all(name):
    layer, scale, joints = structural(name), SCALES[name], make_joints()
    before = layer(joints).numpy()
    for node in range(scale.num_nodes):
        moved = joints + 100 * (scale.pool[node] > 0)[:, None].astype(np.float32)
        changed = (layer(moved).numpy() != before).any(axis=(0, 2))
        far = ~scale.neighbours[node]
        assert not changed[far].any()
        assert changed[node]
    assert not scale.neighbours.all()


def test_a_middle_sees_its_two_joints_and_nothing_else():
    layer = structural("hyper-joint")
    joints = make_joints()
    before = layer(joints).numpy()
    for joint in range(NUM_JOINTS):
        moved = joints.copy()
        moved[:, joint] += 100
        changed = (layer(moved).numpy() != before).any(axis=(0, 2))
        # A joint's middles are its neighbours, so that it sees their other joints, too.
        near = {joint, *(j for bone in BODY.bones if joint in bone for j in bone)}
        for other in range(NUM_JOINTS):
            assert changed[other] == (other in near)
        for number, bone in enumerate(BODY.bones, start=NUM_JOINTS):
            assert changed[number] == (joint in bone)


@EVERY_SCALE
def test_gradients_of_far_joints_are_zero(name):
    layer, scale = structural(name), SCALES[name]
    joints = tf.constant(make_joints())
    for node in range(scale.num_nodes):
        with tf.GradientTape() as tape:
            tape.watch(joints)
            value = tf.reduce_sum(tf.square(layer(joints)[:, node]))
        gradient = tape.gradient(value, joints).numpy()
        near = scale.pool[scale.neighbours[node]].sum(axis=0) > 0
        assert (gradient[:, ~near] == 0).all()
        assert np.abs(gradient[:, near]).max() > 0


def test_permuting_bodies_permutes_their_nodes():
    order = np.random.default_rng(0).permutation(BATCH)
    layer, joints = structural("joint"), make_joints()
    np.testing.assert_allclose(
        layer(joints[order]), layer(joints).numpy()[order], rtol=1e-5, atol=1e-6
    )
    nodes, others = joints[:, :4], joints[:, 4:]
    relation = cross()
    np.testing.assert_allclose(
        relation(nodes[order], others[order]),
        relation(nodes, others).numpy()[order],
        rtol=1e-5,
        atol=1e-6,
    )


def test_the_structure_has_the_published_number_of_weights():
    layer = relations.StructuralRelations(BODY.joint_scale)
    layer.build((None, NUM_JOINTS, 3))
    # 3 -> 8 with a bias; each of 8 heads 8 x 8, twice 8 and a bias, 8 biases.
    assert layer.count_params() == (3 * 8 + 8) + 8 * (64 + 2 * 9 + 8)


def test_heads_begin_apart_and_within_the_glorot_limits_of_one_head():
    layer = relations.StructuralRelations(BODY.joint_scale, 8, 8, seed=3)
    layer.build((None, NUM_JOINTS, 3))
    for weight, outputs in (
        (layer.kernel, 8),
        *((kernel, 1) for kernel in layer.score_kernels),
    ):
        values = weight.numpy()
        limit = math.sqrt(6 / (8 + outputs))
        assert 0.8 * limit < np.abs(values).max() <= limit
        for head in range(1, 8):
            assert not np.array_equal(values[0], values[head])
    first, second = (kernel.numpy() for kernel in layer.score_kernels)
    assert not np.array_equal(first, second)
    for bias in (layer.embedding_bias, layer.bias, *layer.score_biases):
        assert (bias.numpy() == 0).all()


def test_the_same_seed_gives_the_same_draw_and_another_does_not():
    def draw(seed):
        layer = relations.StructuralRelations(BODY.joint_scale, seed=seed)
        layer.build((None, NUM_JOINTS, 3))
        relation = cross(8, seed)
        return [w for w in (*layer.get_weights(), *relation.get_weights()) if w.any()]

    for first, again, other in zip(draw(1), draw(1), draw(11), strict=True):
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)


def test_cross_relations_equal_loops_over_pairs_of_nodes():
    generator = np.random.default_rng(0)
    nodes = generator.normal(size=(BATCH, 5, UNITS)).astype(np.float32)
    others = generator.normal(size=(BATCH, 7, UNITS)).astype(np.float32)
    layer = cross()

    found = layer(nodes, others)

    kernel = layer.kernel.numpy()
    for body in range(BATCH):
        for i in range(5):
            scores = [float(nodes[body, i] @ others[body, j]) for j in range(7)]
            taken = np.zeros(UNITS)
            for weight, j in zip(source_models.softmax(scores), range(7), strict=True):
                taken += weight * others[body, j]
            np.testing.assert_allclose(
                found[body, i], taken @ kernel, rtol=1e-4, atol=1e-5
            )


def test_cross_relations_do_not_mind_the_order_of_the_others():
    generator = np.random.default_rng(0)
    nodes = generator.normal(size=(BATCH, 5, UNITS)).astype(np.float32)
    others = generator.normal(size=(BATCH, 7, UNITS)).astype(np.float32)
    layer = cross()
    np.testing.assert_allclose(
        layer(nodes, others[:, ::-1]), layer(nodes, others), rtol=1e-5, atol=1e-6
    )


def test_cross_relations_begin_standard_normal():
    layer = cross(64)
    assert layer.kernel.numpy().std() == pytest.approx(1, rel=0.05)
