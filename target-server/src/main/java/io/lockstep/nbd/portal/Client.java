package io.lockstep.nbd.portal;

import java.net.InetAddress;
import java.util.Optional;

/// Who a client is, as far as a portal knows.
///
/// @param address where it comes from; empty at a Unix socket
/// @param certificateName the subject of the certificate that it has shown (RFC 2253); empty if it
///     has shown none
/// @param secure whether it speaks TLS
public record Client(
    Optional<InetAddress> address, Optional<String> certificateName, boolean secure) {}
