"""Graphs of a skeleton at four scales."""

import dataclasses

import numpy as np
import pytest

from simmc_tf import errors
from simmc_tf.sources import graphs
from tests import source_models

BODY = source_models.BODY
NUM_JOINTS = source_models.NUM_JOINTS

# As the published code has them (MG-SCR and SM-SGE, utils/process.py), every edge in
# both directions: p_pair_1 and p_pair_2 of ten parts, b_pair_1 and b_pair_2 of five.
PUBLISHED_PARTS = (
    *((5, 6), (6, 5), (5, 8), (8, 5), (6, 7), (7, 6), (8, 9), (9, 8), (5, 4)),
    *((4, 5), (4, 2), (2, 4), (4, 0), (0, 4), (2, 3), (3, 2), (1, 0), (0, 1)),
)
PUBLISHED_LIMBS = ((2, 3), (3, 2), (2, 4), (4, 2), (2, 1), (1, 2), (2, 0), (0, 2))
SCALES = {
    "hyper-joint": BODY.hyper_joint_scale,
    "joint": BODY.joint_scale,
    "part": BODY.part_scale,
    "limb": BODY.limb_scale,
}


def edges(scale):
    """Pairs of different neighbours, in both directions."""
    return {
        (i, j)
        for i in range(scale.num_nodes)
        for j in range(scale.num_nodes)
        if i != j and scale.neighbours[i, j]
    }


@pytest.mark.parametrize("name", SCALES)
def test_every_scale_is_named_its_own_neighbour_and_symmetric(name):
    scale = SCALES[name]
    assert scale.name == name
    assert scale.num_nodes == len(scale.pool) == len(scale.neighbours)
    assert scale.neighbours.dtype == bool and scale.neighbours.diagonal().all()
    assert (scale.neighbours == scale.neighbours.T).all()


@pytest.mark.parametrize("name", SCALES)
def test_every_node_is_a_mean_of_joints(name):
    pool = SCALES[name].pool
    assert pool.dtype == np.float32
    np.testing.assert_allclose(pool.sum(axis=1), 1, rtol=1e-6)
    for row in pool:
        assert len(np.unique(row[row > 0])) == 1


def test_joints_are_themselves_and_bones_their_edges():
    scale = BODY.joint_scale
    np.testing.assert_array_equal(scale.pool, np.eye(NUM_JOINTS))
    both = {*BODY.bones, *((b, a) for a, b in BODY.bones)}
    assert edges(scale) == both


def test_hyper_joints_are_joints_and_middles_of_bones():
    scale = BODY.hyper_joint_scale
    assert scale.num_nodes == 2 * NUM_JOINTS - 1  # A tree has J - 1 bones.
    joints = np.random.default_rng(0).normal(size=(NUM_JOINTS, 3))
    nodes = scale.pool @ joints
    np.testing.assert_allclose(nodes[:NUM_JOINTS], joints, rtol=1e-6)
    for node, (one, other) in zip(nodes[NUM_JOINTS:], BODY.bones, strict=True):
        np.testing.assert_allclose(node, (joints[one] + joints[other]) / 2, rtol=1e-6)


def test_hyper_joints_join_joints_with_middles_only():
    # As generate_denser_adj of SM-SGE: the bones' own edges are given up.
    expected = set()
    for middle, (one, other) in enumerate(BODY.bones, start=NUM_JOINTS):
        for joint in (one, other):
            expected |= {(joint, middle), (middle, joint)}
    assert edges(BODY.hyper_joint_scale) == expected


def test_parts_and_limbs_are_means_of_their_joints():
    joints = np.random.default_rng(0).normal(size=(NUM_JOINTS, 3))
    by_part = [[j for j, p in enumerate(BODY.parts) if p == own] for own in range(10)]
    # left leg, right leg, trunk, left arm, right arm of the parts in their order.
    by_limb = [by_part[i] + by_part[i + 1] for i in range(0, 10, 2)]
    for scale, groups in ((BODY.part_scale, by_part), (BODY.limb_scale, by_limb)):
        assert scale.num_nodes == len(groups)
        expected = [joints[group].mean(axis=0) for group in groups]
        np.testing.assert_allclose(scale.pool @ joints, expected, rtol=1e-5)


def test_edges_of_parts_and_limbs_are_the_published_ones():
    assert edges(BODY.part_scale) == set(PUBLISHED_PARTS)
    assert edges(BODY.limb_scale) == set(PUBLISHED_LIMBS)
    assert graphs.PARTS[5] == "head" and graphs.LIMBS[2] == "trunk"


@pytest.mark.parametrize("part", range(10))
def test_a_part_without_joints_is_refused(part):
    parts = tuple((part + 1) % 10 if own == part else own for own in BODY.parts)
    message = f"No joint is of the {graphs.PARTS[part]};.* among hips, "
    with pytest.raises(errors.InputError, match=message):
        dataclasses.replace(BODY, parts=parts)
