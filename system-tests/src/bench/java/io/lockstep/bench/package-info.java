/// `./lockstep bench`: what the data path costs, as a host and an administrator would see it. It
/// knows nothing of the product but its command line, iSCSI and the JVM's own counters, so that it
/// can look at older trees too.
@NullMarked
package io.lockstep.bench;

import org.jspecify.annotations.NullMarked;
