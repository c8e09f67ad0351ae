// Stores subnets, endpoints' requests and scoped sockets in the engine's form instead of that of the API.

export const ownForms = `
  UPDATE networks SET document = json_set(document, '$.ipam.pools', json((
    SELECT json_group_array(json_patch('{}', json_object(
      'subnet', pool.value ->> 'Subnet',
      'ipRange', pool.value ->> 'IPRange',
      'gateway', pool.value ->> 'Gateway',
      'auxiliaryAddresses', pool.value -> 'AuxiliaryAddresses'
    )))
    FROM json_each(networks.document, '$.ipam.pools') AS pool
  ))) WHERE json_type(document, '$.ipam.pools') = 'array';
  UPDATE container_networks SET document = json_set(document, '$.attachments', json((
    SELECT json_group_array(json_object(
      'networkId', attachment.value ->> 'networkId',
      'request', json_patch('{}', json_object(
        'addresses', CASE json_type(attachment.value, '$.request.IPAMConfig') WHEN 'object' THEN json_object(
          'ipv4', attachment.value ->> '$.request.IPAMConfig.IPv4Address',
          'ipv6', attachment.value ->> '$.request.IPAMConfig.IPv6Address',
          'linkLocal', attachment.value -> '$.request.IPAMConfig.LinkLocalIPs'
        ) END,
        'links', attachment.value -> '$.request.Links',
        'aliases', attachment.value -> '$.request.Aliases',
        'macAddress', attachment.value ->> '$.request.MacAddress',
        'driverOptions', attachment.value -> '$.request.DriverOpts',
        'gatewayPriority', attachment.value -> '$.request.GwPriority'
      ))
    ))
    FROM json_each(container_networks.document, '$.attachments') AS attachment
  ))) WHERE json_type(document, '$.attachments') = 'array';
  UPDATE scoped_sockets SET spec = json_object(
    'name', spec ->> 'Name',
    'allow', spec -> 'Allow',
    'labels', spec -> 'Labels',
    'group', spec ->> 'Group',
    'created', spec ->> 'Created'
  );
`;
