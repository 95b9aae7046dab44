package org.posthorn.app;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.posthorn.mailet.Dns;

/// A DNS of TXT records, and addresses that all are on loopback. Used by one thread.
public final class Records implements Dns {
  private final Map<String, String> texts = new HashMap<>();
  private final Set<String> hosts = new HashSet<>();
  private final Set<String> silent = new HashSet<>();
  private final Set<String> broken = new HashSet<>();

  public Records with(String name, String text) {
    texts.put(name, text);
    return this;
  }

  public void without(String name) {
    texts.remove(name);
    hosts.remove(name);
  }

  public Records withHost(String name) {
    hosts.add(name);
    return this;
  }

  public void silentFor(String name) {
    silent.add(name);
  }

  /// Who asks for its texts runs into a bug.
  public void brokenFor(String name) {
    broken.add(name);
  }

  public void heardAgain() {
    silent.clear();
  }

  @Override
  public Answer<String> texts(String name) {
    if (broken.contains(name)) {
      throw new IllegalStateException("broken for " + name);
    }
    return silent.contains(name)
        ? new Answer.Unknown<>("silence")
        : answer(texts.containsKey(name), List.of(texts.getOrDefault(name, "")));
  }

  @Override
  public Answer<InetAddress> addresses(String host) {
    return silent.contains(host)
        ? new Answer.Unknown<>("silence")
        : answer(hosts.contains(host), List.of(InetAddress.getLoopbackAddress()));
  }

  private static <T> Answer<T> answer(boolean isThere, List<T> records) {
    return isThere ? new Answer.Records<>(records) : new Answer.NoSuchName<>();
  }

  @Override
  public Answer<Exchanger> exchangers(String domain) {
    return new Answer.NoSuchName<>();
  }

  @Override
  public Answer<InetAddress> ipv4Addresses(String host) {
    return addresses(host);
  }

  @Override
  public Answer<InetAddress> ipv6Addresses(String host) {
    return new Answer.NoSuchName<>();
  }

  @Override
  public Answer<String> names(InetAddress address) {
    return new Answer.NoSuchName<>();
  }
}
