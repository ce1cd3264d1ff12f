package io.lockstep.nbd.portal;

import io.lockstep.nbd.portal.ExportDirectory.Answer;
import io.lockstep.nbd.session.ExportLookup;
import io.lockstep.nbd.wire.OptionError;
import java.util.Optional;
import java.util.function.Predicate;

/// Answers the questions of one handshake from the portal's directory, and remembers which export
/// was found last.
final class AskedExports implements ExportLookup {
  private final ExportDirectory directory;
  private final Predicate<Client> hasPlace;
  private Client client;
  private Optional<Answer.Serves> found = Optional.empty();

  /// @param hasPlace whether another connection of this client to an export has a place
  AskedExports(ExportDirectory directory, Predicate<Client> hasPlace, Client client) {
    this.directory = directory;
    this.hasPlace = hasPlace;
    this.client = client;
  }

  /// More is known of the client now.
  void client(Client known) {
    client = known;
  }

  Client client() {
    return client;
  }

  @Override
  public Listing list() {
    return directory.list(client);
  }

  @Override
  public Found find(String name) {
    found = Optional.empty();
    return switch (directory.find(client, name)) {
      case Answer.Refused(OptionError error, String why) -> new Found.Refused(error, why);
      case Answer.Serves serves -> {
        if (!hasPlace.test(client)) {
          yield new Found.Refused(
              OptionError.POLICY, "there are as many connections as this node takes");
        }
        found = Optional.of(serves);
        yield new Found.Serves(serves.export().facts());
      }
    };
  }

  /// The export of the last question.
  Optional<Answer.Serves> found() {
    return found;
  }
}
