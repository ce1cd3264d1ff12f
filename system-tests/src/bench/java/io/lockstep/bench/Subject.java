package io.lockstep.bench;

import java.io.IOException;

/// What is measured: it can be read and written at random places.
interface Subject extends AutoCloseable {
  /// Runs a load for so long.
  Latencies run(Load load, long nanos) throws IOException;

  /// Writes every block once, in order.
  void fill() throws IOException;

  @Override
  void close() throws IOException;
}
