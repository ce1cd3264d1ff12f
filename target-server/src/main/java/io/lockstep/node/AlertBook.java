package io.lockstep.node;

import io.lockstep.control.api.Alert;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The alerts that stand for a node's side of a mirror, and since when. Whoever knows of trouble
/// says all that stands by its knowledge ([#stands]): what is new is raised, what is missing is
/// lifted, and what was there before stays as it was raised, in today's words. Pure; belongs to the
/// mirror's loop.
public final class AlertBook {
  private final String mirror;
  private final Supplier<String> wallTime;
  private final Consumer<Told> follower;
  private final Map<Key, Alert> standing = new LinkedHashMap<>();

  /// Who knows of it.
  public enum Source {
    /// The mirror's events and its status.
    MIRROR,
    /// What is served of it.
    VOLUMES,
    /// What is under its disk.
    DISK,
    /// The node as a whole, whatever its mirrors do.
    NODE,
    /// Both nodes together.
    PAIR
  }

  /// An alert was raised or lifted.
  ///
  /// @param isRaised whether it stands from now on, or no more
  public record Told(boolean isRaised, Alert alert) {}

  private record Key(Source source, String code, @Nullable String about) {}

  /// @param mirror its name
  /// @param wallTime the time for people, as [Alert#since] has it
  /// @param follower is told of each change, in its order
  public AlertBook(String mirror, Supplier<String> wallTime, Consumer<Told> follower) {
    this.mirror = mirror;
    this.wallTime = wallTime;
    this.follower = follower;
  }

  /// @param alerts all that stands by the source's knowledge; one for each code and part
  public void stands(Source source, List<Alert> alerts) {
    Map<Key, Alert> now = new LinkedHashMap<>();
    for (Alert alert : alerts) {
      now.putIfAbsent(new Key(source, alert.code(), alert.place().about()), alert);
    }
    for (Key key : new ArrayList<>(standing.keySet())) {
      if (key.source == source && !now.containsKey(key)) {
        follower.accept(new Told(false, Objects.requireNonNull(standing.remove(key))));
      }
    }
    @Nullable String place = source == Source.NODE ? null : mirror;
    now.forEach(
        (key, alert) -> {
          @Nullable Alert before = standing.get(key);
          @Nullable String since = before == null ? null : before.since();
          Alert raised = alert.raised(place, since == null ? wallTime.get() : since);
          standing.put(key, raised);
          if (before == null) {
            follower.accept(new Told(true, raised));
          }
        });
  }

  /// What stands, the oldest first.
  public List<Alert> alerts() {
    return List.copyOf(standing.values());
  }
}
