/// Planted bugs: small changes to the production source that the simulation must find.
@NullMarked
package io.lockstep.sim.plant;

import org.jspecify.annotations.NullMarked;
