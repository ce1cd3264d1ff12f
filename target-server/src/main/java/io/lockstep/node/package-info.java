/// What a node serves in each role, whatever carries it. As Primary: records and volumes are open
/// on the mirror ([io.lockstep.node.ServedVolumes]), the targets serve them
/// ([io.lockstep.node.OfferedTargets]), and an administrator changes them
/// ([io.lockstep.node.Administration]). As Secondary: the targets stand by, and which ones there
/// are is read from the local copy ([io.lockstep.node.ReplicaReader]). Pure: no sockets, threads,
/// clock or files; what it needs of these comes in by constructor. Its records are JSON, as those
/// of the control API are, by way of `control.api`.
@NullMarked
package io.lockstep.node;

import org.jspecify.annotations.NullMarked;
