package io.lockstep.web;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import java.util.Arrays;
import java.util.Optional;

/// What can be done to the mirror, and what a person should know before doing it.
public enum MirrorVerb {
  PROMOTE(
      "promote",
      "Make node %s the Primary",
      "Node %s will serve all volumes. If the other node is reachable, it finishes its writes and"
          + " steps down first: nothing is lost, and initiators reach the volumes on the other"
          + " portal. If the other node is not reachable, it is asked at its portal, and if it"
          + " answers as Primary nothing is done; nor if it takes connections and says nothing for"
          + " 30 s. If nobody is there, be sure that it is really down:"
          + " if it is alive and Primary, the two will hold different data (split brain)."),
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
          + " the other node's data is copied over it. There is no way back. It holds for this"
          + " split and the next meeting of the nodes, whatever comes of it."),
  PROMOTE_FORCED(
      "promote-forced",
      "Make node %s the Primary all the same",
      "The other node stands still, or the disk of node %s is known to be older than the other"
          + " node's, or has failed before. A node that stands still may go on serving when it"
          + " wakes, until both meet, and what hosts write to it then is split off; the one that no"
          + " host has written to stops then, and that may be this one. It"
          + " will serve as it is: what the other node acknowledged since, or what the disk lost,"
          + " is missing, and when the nodes meet again, one side must be given up. Only if the"
          + " other node's disk is gone for good."),
  DISCONNECT_FORCED(
      "disconnect-forced",
      "Disconnect node %s without the other node's word",
      "The nodes part although the Secondary has not confirmed that it is Outdated. Until node %s"
          + " meets it again, see to it that nobody promotes it: it would serve without what is"
          + " written from now on."),
  ACCEPT_LOSS(
      "accept-loss",
      "Give up the unreadable blocks of node %s",
      "The blocks that node %s cannot read are given up: their content is lost on both nodes, and"
          + " reading them is an error until a host writes them anew. Then the other copy can be"
          + " completed. Try to restore them first: what hosts write there need not be given up.");

  /// The status of a command that the mirror refused: one that went further might be done.
  public static final int REFUSED = 409;

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

  /// The verb of the control API.
  Verb<Requests.MirrorCommand, Done> command() {
    return switch (this) {
      case PROMOTE, PROMOTE_FORCED -> Requests.PROMOTE;
      case DEMOTE -> Requests.DEMOTE;
      case DISCONNECT, DISCONNECT_FORCED -> Requests.DISCONNECT;
      case CONNECT, DISCARD -> Requests.CONNECT;
      case ACCEPT_LOSS -> Requests.ACCEPT_LOSS;
    };
  }

  Requests.MirrorCommand options(String node) {
    return switch (this) {
      case DISCARD -> Requests.MirrorCommand.discardingAt(node);
      case PROMOTE_FORCED, DISCONNECT_FORCED -> Requests.MirrorCommand.forcedAt(node);
      case PROMOTE, DEMOTE, DISCONNECT, CONNECT, ACCEPT_LOSS -> Requests.MirrorCommand.at(node);
    };
  }

  /// What goes further, once this was refused.
  public Optional<MirrorVerb> forced() {
    return switch (this) {
      case PROMOTE -> Optional.of(PROMOTE_FORCED);
      case DISCONNECT -> Optional.of(DISCONNECT_FORCED);
      case DEMOTE, CONNECT, DISCARD, PROMOTE_FORCED, DISCONNECT_FORCED, ACCEPT_LOSS ->
          Optional.empty();
    };
  }

  /// Whether the node serves afterwards.
  boolean promotes() {
    return this == PROMOTE || this == PROMOTE_FORCED;
  }

  /// Whether data is given up.
  public boolean isDangerous() {
    return switch (this) {
      case DISCARD, PROMOTE_FORCED, DISCONNECT_FORCED, ACCEPT_LOSS -> true;
      case PROMOTE, DEMOTE, DISCONNECT, CONNECT -> false;
    };
  }

  public String title(String node) {
    return title.formatted(node);
  }

  public String consequence(String node) {
    return consequence.formatted(node);
  }
}
