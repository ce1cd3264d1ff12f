/// The world of two nodes: what a node serves in each role (`node`) on top of the simulated mirror.
/// Volumes and exports are created, resized, renamed and deleted, hosts read and write, while nodes
/// die, disks fail, links are cut and roles change; all in one thread, from one seed.
@NullMarked
package io.lockstep.world;

import org.jspecify.annotations.NullMarked;
