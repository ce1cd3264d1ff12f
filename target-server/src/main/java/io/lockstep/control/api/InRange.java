package io.lockstep.control.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The numbers that a component of a message may hold; [BoundCheck] sees to it. A number without
/// this may be any that its type can hold.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface InRange {
  /// The smallest.
  long min();

  /// The largest.
  long max();
}
