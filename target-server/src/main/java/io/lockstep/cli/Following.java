package io.lockstep.cli;

import io.lockstep.control.api.EventInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.EventStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// Follows what happens to the mirrors of some daemons, each on a thread of its own, until whoever
/// waits is interrupted. A daemon that goes away is looked for again; what it tells anew then, and
/// was told before, is not told twice.
final class Following {
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// More than two daemons keep for whoever comes late.
  private static final int REMEMBERED_MAX = 1024;

  private final Consumer<EventInfo> printed;
  private final PrintWriter troubles;
  private final Set<EventInfo> told = new LinkedHashSet<>();
  private final List<EventStream> open = new ArrayList<>();
  private boolean ended;

  /// @param printed takes each event, one at a time
  /// @param troubles takes a line about what cannot be heard
  Following(Consumer<EventInfo> printed, PrintWriter troubles) {
    this.printed = printed;
    this.troubles = troubles;
  }

  /// An event, from any thread.
  synchronized void tell(EventInfo event) {
    if (ended || !told.add(event)) {
      return;
    }
    if (told.size() > REMEMBERED_MAX) {
      told.remove(told.iterator().next());
    }
    printed.accept(event);
  }

  /// Waits for ever, or until the thread is interrupted.
  void follow(List<ControlClient> clients) {
    List<Thread> threads =
        clients.stream().map(client -> Thread.startVirtualThread(() -> listen(client))).toList();
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      end();
      threads.forEach(Thread::interrupt);
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void end() {
    ended = true;
    for (EventStream stream : open) {
      try {
        stream.close();
      } catch (IOException e) {
        trouble("a stream was not closed: " + e.getMessage());
      }
    }
  }

  private synchronized void trouble(String what) {
    troubles.println(what);
    troubles.flush();
  }

  private void listen(ControlClient client) {
    boolean reached = true;
    while (isWanted()) {
      try (EventStream stream = client.events()) {
        opened(stream);
        reached = true;
        try {
          while (isWanted()) {
            next(stream);
          }
        } finally {
          gone(stream);
        }
      } catch (ControlException | IOException e) {
        if (reached && isWanted()) {
          trouble("A daemon does not answer; it is asked again: " + e.getMessage());
        }
        reached = false;
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  private synchronized boolean isWanted() {
    return !ended;
  }

  private synchronized void opened(EventStream stream) throws IOException {
    open.add(stream);
    if (ended) {
      stream.close();
    }
  }

  private synchronized void gone(EventStream stream) {
    open.remove(stream);
  }

  private void next(EventStream stream) throws IOException {
    switch (stream.next()) {
      case EventStream.Happened(EventInfo event) -> tell(event);
      case EventStream.Missed(long count) -> trouble(count + " events were missed");
      case EventStream.Picture _ -> {} // How things stand is not what has happened.
    }
  }
}
