package io.lockstep.block;

/// Told once, on the device's [Loop], when an operation has ended. Implemented by the (pooled)
/// request objects themselves, so that an I/O allocates nothing for its callback.
///
/// A device never calls it from inside the call that started the operation: always in a later turn
/// of the loop. Whoever starts an operation therefore needs no protection against re-entry.
@FunctionalInterface
public interface Completion {
  /// The operation has ended with `result`; the device no longer touches the caller's buffer.
  void completed(IoResult result);
}
