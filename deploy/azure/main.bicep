// MCP over HTTP in Azure Container Apps, whose code runs in a session pool of Azure:
// Container Apps allow no namespaces, which the embedded pool's sandboxes need.
//
//   AUTH_TOKEN=… az deployment group create --resource-group GROUP --parameters deploy/azure/main.bicepparam
targetScope = 'resourceGroup'

@description('Begins the names of all resources.')
param name string = 'python-sessions'
param location string = resourceGroup().location
param image string
@description('The token that clients of MCP must send.')
@secure()
param token string

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: name
  location: location
  properties: {}
}

resource pool 'Microsoft.App/sessionPools@2025-01-01' = {
  name: name
  location: location
  properties: {
    containerType: 'PythonLTS'
    poolManagementType: 'Dynamic'
    dynamicPoolConfiguration: {
      lifecycleConfiguration: {
        lifecycleType: 'Timed'
        cooldownPeriodInSeconds: 300
      }
    }
    scaleConfiguration: {
      maxConcurrentSessions: 100
    }
    sessionNetworkConfiguration: {
      status: 'EgressDisabled'
    }
  }
}

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  name: name
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    environmentId: environment.id
    configuration: {
      secrets: [
        {
          name: 'token'
          value: token
        }
      ]
      ingress: {
        external: true
        targetPort: 8000
        allowInsecure: false
      }
    }
    template: {
      containers: [
        {
          name: 'mcp'
          image: image
          args: [
            'serve'
            '--transport=http'
            '--listen=0.0.0.0:8000'
            '--public-url=https://${name}.${environment.properties.defaultDomain}'
            '--pool-endpoint=${pool.properties.poolManagementEndpoint}'
            '--azure-credential=managed-identity'
          ]
          env: [
            {
              name: 'DYNAMIC_SESSIONS_AUTH_TOKEN'
              secretRef: 'token'
            }
          ]
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
        }
      ]
      scale: {
        // Conversations end with a replica, unless all have one key: see docs/http.md.
        minReplicas: 1
        maxReplicas: 1
      }
    }
  }
}

// "Azure ContainerApps Session Executor", which may run code in sessions.
var executor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0fb8eba5-a2bb-4abe-b1c1-49dfad359bb0')

resource mayExecute 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(pool.id, app.id, executor)
  scope: pool
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: executor
  }
}

output endpoint string = 'https://${app.properties.configuration.ingress.fqdn}/mcp'
