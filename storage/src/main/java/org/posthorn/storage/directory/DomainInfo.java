package org.posthorn.storage.directory;

import org.posthorn.message.Domain;

/// A domain at a glance.
public record DomainInfo(Domain domain, DomainSettings settings, int users, int aliases) {}
