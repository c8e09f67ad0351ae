// Stores containers' published ports as ranges, both requested and allocated ones.

export const portRanges = `
  UPDATE container_networks SET document = json_remove(
    json_set(document, '$.requests', json((
      SELECT json_group_array(json_object(
        'protocol', CASE instr(port.key, '/') WHEN 0 THEN 'tcp' ELSE lower(substr(port.key, instr(port.key, '/') + 1)) END,
        'containerPort', CAST(port.key AS INTEGER),
        'hostAddresses', CASE coalesce(binding.value ->> 'HostIp', '')
          WHEN '' THEN json_array() ELSE json_array(binding.value ->> 'HostIp') END,
        'hostPort', CAST(coalesce(binding.value ->> 'HostPort', '') AS INTEGER),
        'lastHostPort', CAST(substr(
          coalesce(binding.value ->> 'HostPort', ''), 1 + instr(coalesce(binding.value ->> 'HostPort', ''), '-')
        ) AS INTEGER),
        'count', 1
      ))
      FROM json_each(container_networks.document, '$.bindings') AS port, json_each(port.value) AS binding
    ))),
    '$.bindings'
  );
  UPDATE container_networks SET document = json_set(document, '$.sandbox.published', json((
    SELECT json_group_array(json_object(
      'protocol', ports.value ->> 'protocol',
      'containerPort', ports.value ->> 'port',
      'hostAddresses', json_array(ports.value ->> 'hostAddress'),
      'hostPort', ports.value ->> 'hostPort',
      'count', ports.value ->> 'count'
    ))
    FROM json_each(container_networks.document, '$.sandbox.published') AS ports
  ))) WHERE json_type(document, '$.sandbox') = 'object';
`;
