package io.lockstep.sim.plant;

import io.lockstep.block.BlockDevice;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.LinkedHashSet;
import org.jspecify.annotations.NullMarked;

/// Where the classes of this process come from, for the compiler and for a process of a plant.
final class HealthyClasses {
  private HealthyClasses() {}

  /// A test runner may have loaded them from elsewhere than `java.class.path` says, so the places
  /// of the mirror, its simulator and the annotations come first.
  static String path() {
    var places = new LinkedHashSet<String>();
    for (Class<?> one : new Class<?>[] {BlockDevice.class, Plant.class, NullMarked.class}) {
      CodeSource source = one.getProtectionDomain().getCodeSource();
      if (source != null) {
        places.add(placeOf(source));
      }
    }
    places.add(System.getProperty("java.class.path"));
    return String.join(":", places);
  }

  private static String placeOf(CodeSource source) {
    try {
      return Path.of(source.getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
