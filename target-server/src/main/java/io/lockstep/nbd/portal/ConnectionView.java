package io.lockstep.nbd.portal;

import java.net.SocketAddress;
import java.time.Instant;

/// A connection to an export, for people.
///
/// @param remote where it comes from
public record ConnectionView(
    String exportName, Client client, SocketAddress remote, Instant since) {}
