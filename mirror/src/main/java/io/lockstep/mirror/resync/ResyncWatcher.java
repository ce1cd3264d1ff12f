package io.lockstep.mirror.resync;

/// Whoever waits for what becomes of blocks that the source of a resync cannot read.
interface ResyncWatcher {
  /// Nobody does.
  ResyncWatcher NOBODY =
      new ResyncWatcher() {
        @Override
        public void stopped() {}

        @Override
        public void stillUnreadable(int count) {}

        @Override
        public void ended() {}
      };

  /// The link is lost, or the disk.
  void stopped();

  /// Everything was tried, and so many blocks cannot be read.
  void stillUnreadable(int count);

  /// Everything was copied.
  void ended();
}
