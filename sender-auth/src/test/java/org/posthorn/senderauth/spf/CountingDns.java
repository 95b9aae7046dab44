package org.posthorn.senderauth.spf;

import java.net.InetAddress;
import org.posthorn.mailet.Dns;

/// Counts the questions to another. Used by one thread.
final class CountingDns implements Dns {
  private final Dns other;
  int questions;

  CountingDns(Dns other) {
    this.other = other;
  }

  @Override
  public Answer<Exchanger> exchangers(String domain) {
    questions++;
    return other.exchangers(domain);
  }

  @Override
  public Answer<InetAddress> addresses(String host) {
    questions++;
    return other.addresses(host);
  }

  @Override
  public Answer<InetAddress> ipv4Addresses(String host) {
    questions++;
    return other.ipv4Addresses(host);
  }

  @Override
  public Answer<InetAddress> ipv6Addresses(String host) {
    questions++;
    return other.ipv6Addresses(host);
  }

  @Override
  public Answer<String> texts(String name) {
    questions++;
    return other.texts(name);
  }

  @Override
  public Answer<String> names(InetAddress address) {
    questions++;
    return other.names(address);
  }
}
