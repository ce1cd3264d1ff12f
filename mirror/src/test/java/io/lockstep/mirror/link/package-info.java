/// Tests of the link to the other node.
@NullMarked
package io.lockstep.mirror.link;

import org.jspecify.annotations.NullMarked;
