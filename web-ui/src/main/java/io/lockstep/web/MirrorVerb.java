package io.lockstep.web;

import java.util.Arrays;
import java.util.Optional;

/// What can be done to the mirror, and what a person should know before doing it.
public enum MirrorVerb {
  PROMOTE(
      "promote",
      "Make node %s the Primary",
      "Node %s will serve all volumes. If the other node is reachable, it finishes its writes and"
          + " steps down first: nothing is lost, and initiators reach the volumes on the other"
          + " portal. If the other node is not reachable, be sure that it is really down: if it"
          + " is alive and Primary, the two will hold different data (split brain)."),
  DEMOTE(
      "demote",
      "Make node %s a Secondary",
      "Node %s will stop to serve. Until a node is promoted, no volume can be used."),
  DISCONNECT(
      "disconnect",
      "Disconnect node %s",
      "The nodes will not replicate until they are connected again. The Primary goes on alone and"
          + " records what changes; the Secondary becomes Outdated. While it lasts, the failure"
          + " of the Primary means that no data is served."),
  CONNECT(
      "connect",
      "Connect node %s",
      "Node %s looks for the other node again; what differs is copied from the newer side."),
  DISCARD(
      "discard",
      "Give up the changes of node %s",
      "Only for a split brain: what was written on node %s since the nodes were separated is lost;"
          + " the other node's data is copied over it. There is no way back.");

  private final String word;
  private final String title;
  private final String consequence;

  MirrorVerb(String word, String title, String consequence) {
    this.word = word;
    this.title = title;
    this.consequence = consequence;
  }

  static Optional<MirrorVerb> of(String word) {
    return Arrays.stream(values()).filter(verb -> verb.word.equals(word)).findFirst();
  }

  /// The word in the address.
  public String word() {
    return word;
  }

  /// The word of the control API.
  String command() {
    return this == DISCARD ? "connect" : word;
  }

  public String title(String node) {
    return title.formatted(node);
  }

  public String consequence(String node) {
    return consequence.formatted(node);
  }
}
