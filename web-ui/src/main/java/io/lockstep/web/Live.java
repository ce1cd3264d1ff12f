package io.lockstep.web;

import io.javalin.http.sse.SseClient;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.EventStream;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells open pages that the pair has changed. One thread for each daemon follows its events and
/// passes them on as an event `pair` without content; the pages then fetch what they show. A daemon
/// that goes or comes back is a change too. Thread-safe.
final class Live implements AutoCloseable {
  /// Browsers that may listen at once.
  static final int LISTENERS_MAX = 200;

  private static final Logger LOG = LoggerFactory.getLogger(Live.class);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Daemons daemons;
  private final LastEvents lastEvents = new LastEvents();
  private final Set<SseClient> listeners = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Live(Daemons daemons) {
    this.daemons = daemons;
  }

  /// What it has heard of the mirrors.
  LastEvents lastEvents() {
    return lastEvents;
  }

  void start() {
    for (int index = 0; index < daemons.count(); index++) {
      int daemon = index;
      Thread.ofVirtual().name("events-" + daemon).start(() -> follow(daemon));
    }
  }

  /// A page listens until it goes.
  void listen(SseClient client) {
    if (listeners.size() >= LISTENERS_MAX) {
      client.close();
      return;
    }
    client.keepAlive();
    client.onClose(() -> listeners.remove(client));
    listeners.add(client);
    client.sendEvent("pair", "now");
  }

  private void follow(int daemon) {
    boolean reached = true;
    while (!closed) {
      try (EventStream events = daemons.client(daemon).events()) {
        if (!reached) {
          LOG.info("the daemon at {} answers", daemons.socket(daemon));
        }
        reached = true;
        while (!closed) {
          switch (events.next()) {
            case EventStream.Picture _ -> tell();
            case EventStream.Happened(EventInfo event) -> lastEvents.add(daemon, event);
            case EventStream.Missed(long count) ->
                LOG.warn(
                    "{} events of the daemon at {} were missed", count, daemons.socket(daemon));
          }
        }
      } catch (ControlException | IOException e) {
        if (reached) {
          LOG.info("the daemon at {} does not answer: {}", daemons.socket(daemon), e.getMessage());
          tell();
        }
        reached = false;
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  private void tell() {
    for (SseClient listener : listeners) {
      listener.sendEvent("pair", "changed");
    }
  }

  @Override
  public void close() {
    closed = true;
    listeners.forEach(SseClient::close);
  }
}
